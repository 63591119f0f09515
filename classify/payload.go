package classify

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
)

// payload returns the part of a body that is read: decoded, without a byte
// order mark and leading blanks, and of server-sent events the first data that
// is not empty. events reports that there were such.
func payload(body []byte, h *head) (p []byte, events bool) {
	if len(body) > MaxBody {
		body = body[:MaxBody]
	}
	if h.encoding == "" && isOrdinary(body) {
		return body, false
	}
	body = decode(body, h.encoding)
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	s := scan{b: body}
	if body = body[s.blank(0):]; isOrdinary(body) {
		return body, false
	}
	if framed(body) || h.contentType != "" && sameFold(mediaType(h.contentType), "text/event-stream") {
		return firstData(body), true
	}
	return body, false
}

// ordinary are the first bytes that settle it: this body is not compressed and
// has no frame around it.
var ordinary = func() (o [256]bool) {
	for _, c := range "{[<" {
		o[c] = true
	}
	for c := 'A'; c <= 'Z'; c++ {
		o[c] = true
	}
	return o
}()

func isOrdinary(body []byte) bool { return len(body) > 0 && ordinary[body[0]] }

// framed: the body begins like server-sent events, whatever its Content-Type.
func framed(body []byte) bool {
	if len(body) == 0 {
		return false
	}
	switch body[0] {
	case 'd', 'e', 'i', 'r', ':':
		for _, field := range [...]string{"data:", "event:", "id:", "retry:", ":"} {
			if len(body) >= len(field) && string(body[:len(field)]) == field {
				return field == "data:" || bytes.Contains(body[:min(len(body), maxText)], []byte("\ndata:"))
			}
		}
	}
	return false
}

// firstData returns the data of the first event that has some. An event's data
// may be spread over lines, which are joined by line feeds; a JSON payload is
// mostly on one.
func firstData(body []byte) []byte {
	const mostLines = 256
	var data []byte
	joined := false
	for range mostLines {
		if len(body) == 0 {
			break
		}
		var line []byte
		n := bytes.IndexAny(body[:min(len(body), maxText)], "\r\n")
		if n < 0 {
			n = bytes.IndexByte(body, '\n')
		}
		if n < 0 {
			line, body = body, nil
		} else {
			line, body = body[:n], skipLineEnd(body[n:])
		}
		if len(line) == 0 {
			if len(data) > 0 {
				break
			}
			continue
		}
		value, ok := bytes.CutPrefix(line, []byte("data:"))
		if !ok {
			continue
		}
		value = bytes.TrimPrefix(value, []byte(" "))
		switch {
		case len(data) == 0:
			data = value
		case !joined:
			data = append(append(append([]byte(nil), data...), '\n'), value...)
			joined = true
		default:
			data = append(append(data, '\n'), value...)
		}
	}
	return data
}

func skipLineEnd(b []byte) []byte {
	if b[0] == '\r' && len(b) > 1 && b[1] == '\n' {
		return b[2:]
	}
	return b[1:]
}

// decode undoes a Content-Encoding that the transport left in place, as far as
// the standard library knows it and the bytes bear it out; a body that is not
// what it claims is taken as it stands. What comes out is bounded by MaxBody. Of
// a stream that is cut, the inflater hands out what it has in steps of 32 KiB.
func decode(body []byte, encoding string) []byte {
	if len(body) < 2 {
		return body
	}
	if body[0] == 0x1F && body[1] == 0x8B { // RFC 1952
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil
		}
		return inflate(r)
	}
	if encoding == "" || !containsFold(encoding, "deflate") || isText(body) {
		return body
	}
	if body[0]&0x0F == 8 && (uint(body[0])<<8|uint(body[1]))%31 == 0 { // RFC 1950
		if r, err := zlib.NewReader(bytes.NewReader(body)); err == nil {
			return inflate(r)
		}
	}
	if out := inflate(flate.NewReader(bytes.NewReader(body))); len(out) > 0 { // RFC 1951, as some servers understand "deflate"
		return out
	}
	return body
}

// isText: the start of the body is text as it stands.
func isText(body []byte) bool {
	const enough = 64
	for _, c := range body[:min(len(body), enough)] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

func inflate(r io.Reader) []byte {
	out, _ := io.ReadAll(io.LimitReader(r, MaxBody)) // an error is a cut, or a check sum that nobody needs
	return out
}

func sameFold(a, lower string) bool { return len(a) == len(lower) && containsFold(a, lower) }
