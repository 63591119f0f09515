package classify

import (
	"strconv"
	"strings"
)

// routes holds, for each status, the rows of order that can speak for it, so
// that an answer passes only those. Statuses outside of HTTP share place 0.
var routes = route(order[:])

func route(rows []row) [600][]uint8 {
	var routes [600][]uint8
	for i := range rows {
		var on [600]bool
		for _, word := range strings.Fields(rows[i].on) {
			mark(&on, word)
		}
		for s := range routes {
			if on[s] {
				routes[s] = append(routes[s], uint8(i))
			}
		}
	}
	return routes
}

// mark reads one word of a row's on: "any", "4xx", "404", and with a minus in
// front what is taken out again.
func mark(on *[600]bool, word string) {
	number, out := strings.CutPrefix(word, "-")
	if number == "any" {
		for s := range on {
			on[s] = !out
		}
		return
	}
	if class, ok := strings.CutSuffix(number, "xx"); ok {
		number = class + "00"
		from, err := strconv.Atoi(number)
		if err != nil {
			panic("classify: a row of the order speaks for no status: " + word)
		}
		for s := from; s < from+100; s++ {
			on[s] = !out
		}
		return
	}
	s, err := strconv.Atoi(number)
	if err != nil || s < 100 || s >= len(on) {
		panic("classify: a row of the order speaks for no status: " + word)
	}
	on[s] = !out
}

// place is the index of a status in routes.
func place(status int) int {
	if status < 100 || status >= len(routes) {
		return 0
	}
	return status
}
