package classify

import (
	"strconv"
	"strings"
)

const statuses = 600 // 100 to 599 are in use

// routes holds, for each status, the rows of order that can speak for it, so
// that an answer passes only those, and the facts that they ask for. Numbers
// that are no status share place 0.
var routes = route(order[:])

type course struct {
	gates []gate
	asks  fact
}

// gate is what of a row turns most answers away, close together in memory.
type gate struct {
	all, none fact
	row       int
}

func route(rows []row) [statuses]course {
	var routes [statuses]course
	for i := range rows {
		var on [statuses]bool
		for _, word := range strings.Fields(rows[i].on) {
			mark(&on, word)
		}
		for s := range routes {
			if on[s] {
				c, r := &routes[s], &rows[i]
				c.gates = append(c.gates, gate{r.all, r.none, i})
				c.asks |= r.all | r.any | r.none
			}
		}
	}
	return routes
}

// mark reads one word of a row's on: "404", "4xx", "any" for all answers that
// end a request, "other" for what is no status, and with a minus in front what
// is taken out again.
func mark(on *[statuses]bool, word string) {
	number, out := strings.CutPrefix(word, "-")
	from, to := 0, 0
	switch class, whole := strings.CutSuffix(number, "xx"); {
	case number == "any":
		from, to = 200, 599
	case number == "other":
	case whole:
		from = status(class + "00")
		to = from + 99
	default:
		from = status(number)
		to = from
	}
	for s := from; s <= to; s++ {
		on[s] = !out
	}
}

func status(number string) int {
	s, err := strconv.Atoi(number)
	if err != nil || place(s) == 0 {
		panic("classify: a row of the order is for no status: " + number)
	}
	return s
}

// place is the index of a status in routes.
func place(status int) int {
	if status < 100 || status >= statuses {
		return 0
	}
	return status
}
