package faults

// midData is how many bytes of a data line pass before it is cut: "data: {" of
// a JSON-RPC message.
const midData = 7

// cutter finds the place at which an event stream is to be cut, wherever the
// pieces end that it is written in.
type cutter struct {
	Cut
	line int  // bytes of the present line
	name int  // bytes of it that spell "data:"
	data bool // the present event has a line of data
}

// due reports whether the stream ends here, behind whole events.
func (c *cutter) due() bool { return c.Events == 0 && !c.Mid }

// take returns how many bytes of a piece pass, and whether the stream ends
// behind them.
func (c *cutter) take(piece []byte) (n int, ends bool) {
	if c.due() {
		return 0, true
	}
	for i, b := range piece {
		if b == '\n' {
			if c.midst() {
				return i, true
			}
			if c.line == 0 && c.data {
				c.Events--
				c.data = false
				if c.due() {
					return i + 1, true
				}
			}
			c.line, c.name = 0, 0
			continue
		}
		if b == '\r' {
			continue
		}
		if c.name == c.line && c.name < len("data:") && b == "data:"[c.name] {
			c.name++
		}
		c.line++
		if c.name == len("data:") {
			c.data = true
			if c.line == midData && c.midst() {
				return i + 1, true
			}
		}
	}
	return len(piece), false
}

// midst reports whether this line of data is the one to be cut.
func (c *cutter) midst() bool { return c.Mid && c.Events == 0 && c.name == len("data:") }
