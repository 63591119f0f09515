package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/textproto"
	"strings"

	"github.com/mcprecover/mcprecover/classify"
)

// MaxHAR is the largest HAR file that is read: 64 MiB.
const MaxHAR = 64 << 20

// The parts of an HTTP Archive 1.2 that say what was asked and what came back
// (https://w3c.github.io/web-performance/specs/HAR/Overview.html).
type entry struct {
	Request struct {
		Method   string   `json:"method"`
		Headers  []header `json:"headers"`
		PostData struct {
			Text string `json:"text"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int      `json:"status"`
		Headers []header `json:"headers"`
		Content struct {
			Text     string `json:"text"`
			Encoding string `json:"encoding"`
		} `json:"content"`
	} `json:"response"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HAR reads the MCP requests of a HAR file, those that carry an MCP header or a
// JSON-RPC body; all others are skipped. An entry with status 0 had no answer.
// See Read for errors.
func HAR(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		data, err := io.ReadAll(io.LimitReader(r, MaxHAR+1))
		if err == nil && len(data) > MaxHAR {
			err = fmt.Errorf("HAR file: larger than %d bytes; cut it to the requests in question", MaxHAR)
		}
		if err != nil {
			yield(Record{}, err)
			return
		}
		data = bytes.TrimPrefix(data, []byte(byteOrderMark))
		d := json.NewDecoder(bytes.NewReader(data))
		line := func(at int64) int { return 1 + bytes.Count(data[:min(at, int64(len(data)))], []byte("\n")) }
		fail := func(err error) {
			at := broken(data, d.InputOffset())
			yield(Record{Line: line(at)}, fmt.Errorf("line %d: HAR file: %w", line(at), err))
		}
		if err := enter(d, "log", "entries"); err != nil {
			fail(err)
			return
		}
		for n := 1; d.More(); n++ {
			at := d.InputOffset()
			at += int64(len(data[at:]) - len(bytes.TrimLeft(data[at:], ", \t\r\n")))
			var e entry
			err := d.Decode(&e)
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) {
				fail(fmt.Errorf("entry %d: %w", n, err))
				return
			}
			rec, isMCP := Record{}, err != nil
			if err == nil {
				rec, isMCP, err = e.record()
			} else {
				err = plain(err)
			}
			if !isMCP {
				continue
			}
			rec.ID, rec.Line = fmt.Sprintf("entry-%d", n), line(at)
			if err != nil {
				err = fmt.Errorf("line %d: HAR file: entry %d: %w", rec.Line, n, err)
			}
			if !yield(rec, err) {
				return
			}
		}
		if _, err := d.Token(); err != nil {
			fail(err)
			return
		}
		if err := leave(d, "log", "entries"); err != nil {
			fail(err)
		}
	}
}

// broken returns the place where the value that begins at a place ends to make
// sense. A decoder that has read tokens tells such places from somewhere else.
func broken(data []byte, at int64) int64 {
	at = min(at, int64(len(data)))
	at += int64(len(data[at:]) - len(bytes.TrimLeft(data[at:], ", \t\r\n")))
	var skipped json.RawMessage
	var syntax *json.SyntaxError
	if err := json.NewDecoder(bytes.NewReader(data[at:])).Decode(&skipped); errors.As(err, &syntax) {
		at += max(0, syntax.Offset-1)
	}
	return at
}

// enter goes into the object member of each name, and at last into its array.
func enter(d *json.Decoder, names ...string) error {
	for _, name := range names {
		if t, err := d.Token(); err != nil || t != json.Delim('{') {
			return fmt.Errorf("no object that holds %q", name)
		}
		for {
			if !d.More() {
				return fmt.Errorf("no member %q", name)
			}
			t, err := d.Token()
			if err != nil {
				return err
			}
			if t == name {
				break
			}
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return err
			}
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.New(`"entries" is no array`)
	}
	return nil
}

// leave goes out of the objects that enter went into, to the end of the file.
func leave(d *json.Decoder, names ...string) error {
	for range names {
		for d.More() {
			if _, err := d.Token(); err != nil {
				return err
			}
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return err
			}
		}
		if _, err := d.Token(); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something stands behind its end")
	}
	return nil
}

// record makes a Record of an entry; isMCP is false for other traffic.
func (e *entry) record() (rec Record, isMCP bool, err error) {
	o := classify.Observation{Method: e.Request.Method, Status: e.Response.Status, Header: fold(e.Response.Headers)}
	asked := fold(e.Request.Headers)
	session, version := asked["Mcp-Session-Id"], asked["Mcp-Protocol-Version"]
	o.HadSession = len(session) > 0 && session[0] != ""
	isRPC := false
	o.RPCMethod, isRPC = rpcMethod(e.Request.PostData.Text)
	if !isRPC && session == nil && version == nil {
		return rec, false, nil
	}
	if len(version) > 0 {
		o.Era = classify.EraOf(version[0])
	}
	content := e.Response.Content
	body := []byte(content.Text)
	switch content.Encoding {
	case "":
	case "base64":
		if body, err = base64.StdEncoding.DecodeString(content.Text); err != nil {
			return rec, true, fmt.Errorf("response.content.text: %w", err)
		}
	default:
		return rec, true, fmt.Errorf("response.content.encoding: %q is not known; want base64 or nothing", content.Encoding)
	}
	o.Body = clip(body)
	rec.Observation = o
	if o.Status <= 0 {
		rec.Failure = classify.MaybeSent // a HAR file does not tell whether it left
	}
	return rec, true, nil
}

func fold(list []header) map[string][]string {
	h := make(map[string][]string, len(list))
	for _, l := range list {
		name := textproto.CanonicalMIMEHeaderKey(l.Name)
		h[name] = append(h[name], l.Value)
	}
	return h
}

// rpcMethod tells the method of a JSON-RPC message, or of the first of a batch;
// one without a method is a response.
func rpcMethod(body string) (method string, isRPC bool) {
	type message struct {
		JSONRPC string `json:"jsonrpc"`
		Method  string `json:"method"`
	}
	var m message
	if strings.HasPrefix(strings.TrimSpace(body), "[") {
		var batch []message
		if json.Unmarshal([]byte(body), &batch) != nil || len(batch) == 0 {
			return "", false
		}
		m = batch[0]
	} else if json.Unmarshal([]byte(body), &m) != nil {
		return "", false
	}
	if m.JSONRPC == "" {
		return "", false
	}
	if m.Method == "" {
		return "response", true
	}
	return m.Method, true
}
