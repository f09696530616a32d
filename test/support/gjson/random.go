package main

import (
	"strconv"
	"strings"
)

// A linear congruential generator: the same numbers with every version of Go.
type sequence struct{ state uint64 }

func (s *sequence) below(limit int) int {
	s.state = s.state*6364136223846793005 + 1442695040888963407
	return int((s.state >> 33) % uint64(limit))
}

func (s *sequence) of(choices ...string) string { return choices[s.below(len(choices))] }

func (s *sequence) space() string { return s.of("", "", "", "", " ", "\n  ", "\t", "\r\n") }

func (s *sequence) document() string {
	if s.below(20) == 0 {
		return s.value(2) + "\n" + s.value(2) + " " + s.value(1)
	}
	return s.space() + s.of(s.object(3), s.object(3), s.array(3), s.objects(), s.objects()) + s.space()
}

func (s *sequence) value(depth int) string {
	switch s.below(9) {
	case 0, 1:
		if depth > 0 {
			return s.object(depth - 1)
		}
	case 2, 3:
		if depth > 0 {
			return s.array(depth - 1)
		}
	case 4:
		return s.of("true", "false", "null")
	case 5, 6:
		return s.number()
	}
	return s.text()
}

func (s *sequence) number() string {
	return s.of("0", "1", "2", "45", "-0", "1.10", "1e3", "-2.5E-2", "9007199254740993", "1e400", "12345678901234567890")
}

func (s *sequence) text() string {
	return s.of(`"x"`, `"y"`, `""`, `"true"`, `"0"`, `"a b"`, `"é日本"`, `"\u00e9\ud83d\ude00"`, `"q\"\\\/\n"`, `"<&>"`, `"\ud800"`,
		`"Murphy"`, `"Dale"`, `"a*b?"`, `"\u2028"`)
}

func (s *sequence) name() string {
	return s.of("a", "b", "c", "a", "b", "c", "age", "name", "a.b", "tls.crt", "x*", "é", "", "0", "1", "#", "@this", "p|q", "日本", "a b")
}

func (s *sequence) object(depth int) string {
	var members []string
	for range s.below(5) {
		name, _ := quoted(s.name())
		members = append(members, s.space()+name+s.space()+":"+s.space()+s.value(depth)+s.space())
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (s *sequence) array(depth int) string {
	var items []string
	for range s.below(6) {
		items = append(items, s.space()+s.value(depth)+s.space())
	}
	return "[" + strings.Join(items, ",") + "]"
}

// An object with a list of alike objects, as queries want it.
func (s *sequence) objects() string {
	var items []string
	for range s.below(5) {
		items = append(items, `{"name":`+s.text()+`,"age":`+s.value(0)+`,"a":`+s.value(2)+`}`)
	}
	list := "[" + strings.Join(items, ",") + "]"
	return s.of(list, `{"b":1,"a":`+list+`,"c":`+s.array(1)+`}`)
}

func (s *sequence) path(depth int) string {
	var path strings.Builder
	if s.below(25) == 0 {
		path.WriteString("..")
	}
	for index := range 1 + s.below(4) {
		if index > 0 {
			path.WriteString(s.of(".", ".", ".", "|"))
		}
		path.WriteString(s.component(depth))
	}
	return path.String()
}

func (s *sequence) component(depth int) string {
	switch s.below(16) {
	case 0:
		return s.of("*", "?", "a*", "*e", "?a*", "n*m*", "*b", "é*", "?", "*.*", `a\*`, `x\**`, "日?")
	case 1, 2:
		return strconv.Itoa(s.below(4))
	case 3:
		return "#"
	case 4, 5:
		return s.query(depth)
	case 6, 7:
		return s.modifier(depth)
	case 8:
		return s.selection(depth)
	case 9:
		return s.of(`!"x"`, "!true", "!null", `!{"a":1}`, "!nope")
	}
	return s.of("a", "b", "c", "a", "name", "age", `a\.b`, `tls\.crt`, "tls.crt", "x*", "é", "@this", `p\|q`, "a b", "", `\@this`)
}

func (s *sequence) query(depth int) string {
	path := s.of("name", "age", "a", "b", "", "a.b", "a.#", "a.0", "#")
	if depth > 0 && s.below(6) == 0 {
		path = "a." + s.query(depth-1)
	}
	condition := s.of("", "=", "==", "!=", "<", "<=", ">", ">=", "%", "!%", " == ")
	if condition != "" {
		condition += s.of("1", "45", `"x"`, "x", "true", "false", "null", `"*a*"`, `"D*"`, "?", "~true", "~false", "~null", "~*", `"q\"*"`, "1.1", "")
	}
	open, end := "(", ")"
	if s.below(8) == 0 {
		open, end = "[", "]"
	}
	return "#" + open + path + condition + end + s.of("", "#", "#")
}

func (s *sequence) modifier(depth int) string {
	switch s.below(8) {
	case 0:
		return s.of("@flatten", `@flatten:{"deep":true}`, `@join`, `@join:{"preserve":true}`, `@flatten:{"deep":0}`)
	case 1:
		return s.of("@pretty", `@pretty:{"indent":"\t"}`, `@pretty:{"width":20}`, `@pretty:{"prefix":" ","indent":""}`, `@pretty:{"width":0}`)
	case 2:
		if depth > 0 {
			return "@dig:" + s.path(depth-1)
		}
	}
	return s.of("@reverse", "@ugly", "@this", "@valid", "@keys", "@values", "@group", "@unknown", "@tostr|@fromstr")
}

func (s *sequence) selection(depth int) string {
	if depth == 0 {
		return s.of("[a,b]", "{a,b}", `{"x":a}`, "{a.b,c}", "[]", "{}")
	}
	var paths []string
	for range 1 + s.below(3) {
		paths = append(paths, s.of("", "", "", `"n<":`, "n:")+s.path(depth-1))
	}
	joined := strings.Join(paths, ",")
	return s.of("["+joined+"]", "{"+joined+"}")
}
