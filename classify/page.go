package classify

import "bytes"

// readPage reads the words of a web page between its tags, skipping scripts and
// styles, and tells a login page also by its field for a password.
func (p *places) readPage(body []byte, want fact) fact {
	const mostTags = 800
	rest := body
	for range mostTags {
		open := bytes.IndexByte(rest, '<')
		if open < 0 {
			p.more(text(rest[:min(len(rest), maxText)]))
			break
		}
		p.more(text(rest[:min(open, maxText)]))
		rest = rest[open:]
		for _, hidden := range [...]string{"script", "style"} {
			if len(rest) > len(hidden) && foldEqual(rest[1:1+len(hidden)], hidden) {
				end := bytes.Index(rest, []byte("</"+hidden))
				if end < 0 {
					end = len(rest)
				}
				rest = rest[end:]
			}
		}
		end := bytes.IndexByte(rest, '>')
		if end < 0 {
			break
		}
		rest = rest[end+1:]
	}
	facts := p.facts(want)
	if bytes.Contains(body, []byte(`type="password"`)) {
		facts |= signIn
	}
	return facts
}
