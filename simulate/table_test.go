package simulate

import "testing"

// A session that its client has ended leaves its place to another.
func TestDeletedSessionLeavesTheTable(t *testing.T) {
	s := Base()
	s.Server.Table = 2
	v := NewServer(s, 1)
	a := v.Arrive(1, Request{Kind: Initialize}).Token
	b := v.Arrive(2, Request{Kind: Initialize}).Token
	v.Arrive(3, Request{Kind: Delete, Token: b})
	c := v.Arrive(4, Request{Kind: Initialize}).Token
	for token, want := range map[Token]Cause{a: Served, b: Lost, c: Served} {
		if r := v.Arrive(5, Request{Kind: Call, Token: token}); r.Cause != want {
			t.Errorf("session %d: cause %d, want %d", token, r.Cause, want)
		}
	}
}
