//go:build interop

package main

import (
	"time"

	"github.com/mcprecover/mcprecover/faults"
)

// fault is a column: what goes wrong, and the calls around it.
type fault struct {
	name      string
	title     string
	stateless bool // it needs a server that can be started without sessions
	do        func(p *play) error
}

var faultList = []fault{
	{name: "drop", title: "sessions dropped", do: func(p *play) error { return p.replace(false) }},
	{name: "restart", title: "restart", do: func(p *play) error { return p.restart(0) }},
	{name: "401", title: "401 seed", do: forged(faults.Seed)},
	{name: "400", title: "400", do: forged(faults.Answer{Status: 400,
		Body: `{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}`})},
	{name: "404", title: "404", do: forged(faults.Answer{Status: 404,
		Body: `{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}`})},
	{name: "outage", title: "30 s outage", do: func(p *play) error { return p.restart(30 * time.Second) }},
	{name: "midcall", title: "restart in mid-call", do: midCall},
	{name: "upgrade", title: "to stateless", stateless: true, do: func(p *play) error { return p.replace(true) }},
	{name: "back", title: "and back", stateless: true, do: func(p *play) error {
		if err := p.replace(true); err != nil {
			return err
		}
		return p.replace(false)
	}},
}

// forged lets the next call find its session gone, in given words. The session
// stays gone.
func forged(a faults.Answer) func(*play) error {
	return func(p *play) error {
		if err := p.front.wrong.Next(faults.What{Stale: &a}); err != nil {
			return err
		}
		p.call("first", 0)
		p.call("beside it", 0)
		return nil
	}
}

// replace puts a new process behind the address while no call is under way, as
// a deploy without downtime does, and calls then.
func (p *play) replace(stateless bool) error {
	if err := p.swap(stateless); err != nil {
		return err
	}
	p.call("first", 0)
	p.call("beside it", 0)
	p.wait()
	return nil
}

// restart takes the address away, kills the server and starts it again. Calls
// begin meanwhile; in a long outage one soon, one later.
func (p *play) restart(outage time.Duration) error {
	p.front.down()
	up := time.Now().Add(outage)
	if outage == 0 {
		p.call("first", 0)
		p.call("beside it", 0)
	}
	if err := p.swap(false); err != nil {
		return err
	}
	if outage > 0 {
		p.pause(outage / 10)
		p.call("first", 0)
		p.pause(outage / 3)
		p.call("later", 0)
		p.pause(time.Until(up))
	}
	return p.front.up()
}

// midCall kills the server while a tool runs.
func midCall(p *play) error {
	slow := p.call("running", 5000)
	if !await(p.ctx, startWithin, func() bool { return p.group.ran(slow.n) > 0 || slow.over() }) {
		return errNeverRan
	}
	p.front.down()
	p.call("beside it", 0)
	if err := p.swap(false); err != nil {
		return err
	}
	return p.front.up()
}
