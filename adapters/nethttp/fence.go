package nethttp

import (
	"bytes"
	"encoding/base64"
	"strconv"
)

// The fence keeps a client's answer to a server's question of one epoch from
// reaching another. Servers number their questions from 1 in every session, so
// an "accept" for an old question would answer a new one. From the first
// recovery on, the ids of questions are therefore sealed on their way to the
// client and opened on their way back:
//
//	"<nonce>-<epoch>.<base64url of the server's raw id token>"
//
// No table is kept; the raw token comes back exactly, numbers too, which both
// Go SDKs would round; the nonce is the session's own, so that no server can
// forge an id of another epoch. Ids of epoch 0 have no seal.

// seal gives a raw id token as the JSON string that the client sees.
func seal(nonce string, epoch uint32, raw []byte) []byte {
	b := make([]byte, 0, len(nonce)+16+base64.RawURLEncoding.EncodedLen(len(raw)))
	b = append(b, '"')
	b = append(b, nonce...)
	b = append(b, '-')
	b = strconv.AppendUint(b, uint64(epoch), 10)
	b = append(b, '.')
	b = base64.RawURLEncoding.AppendEncode(b, raw)
	return append(b, '"')
}

// unseal opens a token that a client sent back. sealed is false for a token
// without this session's seal, which belongs to epoch 0; an error in a sealed
// one gives no raw token, and the answer must not be sent anywhere.
func unseal(nonce string, token []byte) (epoch uint32, raw []byte, sealed bool) {
	inner, ok := bytes.CutPrefix(unquote(token), []byte(nonce+"-"))
	if !ok {
		return 0, nil, false
	}
	number, code, ok := bytes.Cut(inner, []byte("."))
	n, err := strconv.ParseUint(string(number), 10, 32)
	if !ok || err != nil {
		return 0, nil, true
	}
	raw, err = base64.RawURLEncoding.AppendDecode(nil, code)
	if err != nil || len(raw) == 0 {
		return 0, nil, true
	}
	return uint32(n), raw, true
}

// sealMessage gives one message of the server's as the client must see it in
// an epoch: questions with a sealed id and progress token, and cancellations
// of questions with the same sealed id. Everything else comes back unchanged.
func sealMessage(nonce string, epoch uint32, data []byte) []byte {
	m := scan(data)
	switch {
	case m.call():
		token := member(member(m.params, "_meta"), "progressToken")
		if token != nil && within(data, token) > within(data, m.id) { // the later one first: offsets stay valid
			data, token = splice(data, token, seal(nonce, epoch, token)), nil
			m = scan(data)
		}
		id := m.id
		sealed := splice(data, id, seal(nonce, epoch, id))
		if token != nil {
			token = member(member(scan(sealed).params, "_meta"), "progressToken")
			sealed = splice(sealed, token, seal(nonce, epoch, token))
		}
		return sealed
	case string(m.method) == "notifications/cancelled":
		if id := member(m.params, "requestId"); id != nil {
			return splice(data, id, seal(nonce, epoch, id))
		}
	}
	return data
}

// within is where part, a sub-slice of whole, starts in it.
func within(whole, part []byte) int { return cap(whole) - cap(part) }

// splice returns whole with its sub-slice part replaced.
func splice(whole, part, by []byte) []byte {
	at := within(whole, part)
	out := make([]byte, 0, len(whole)-len(part)+len(by))
	out = append(out, whole[:at]...)
	out = append(out, by...)
	return append(out, whole[at+len(part):]...)
}

// backward is a client's answer, or progress report, on its way to the server
// that asked.
type backward struct {
	epoch uint32
	body  []byte // as that server must see it
}

// unsealMessage reads which epoch a client's message belongs to, if it answers
// a question of the server's. ours is false for everything else, which goes to
// the current epoch. A broken seal gives a backward without a body: to nobody.
func unsealMessage(nonce string, data []byte) (b backward, ours bool) {
	m := scan(data)
	var token []byte
	switch {
	case m.response():
		token = m.id
	case string(m.method) == "notifications/progress":
		token = member(m.params, "progressToken")
	}
	if token == nil {
		return backward{}, false
	}
	epoch, raw, sealed := unseal(nonce, token)
	switch {
	case !sealed:
		return backward{epoch: 0, body: data}, true
	case raw == nil:
		return backward{}, true
	}
	return backward{epoch: epoch, body: splice(data, token, raw)}, true
}
