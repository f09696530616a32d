// Records what the Go library gjson answers, as external-secrets.io uses it, so that Keytender's paths can be held against it without Go:
//
//	cd test/support/gjson && go run . > ../../unit/resolve/path/gjson-answers.jsonl
//
// The same output each time: documents and paths come from a fixed sequence of numbers.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/tidwall/gjson"
)

// Bytes of an answer that are kept; larger ones say nothing more.
const maxAnswer = 300

// A case is a path, the type of the result ("" for none), its JSON text, and of a string its content.
type answers struct {
	JSON  string     `json:"json"`
	Cases [][]string `json:"cases"`
}

func main() {
	var all []answers
	for _, document := range fixedDocuments {
		all = append(all, ask(document, fixedPaths))
	}
	random := &sequence{state: 20261130}
	for range 420 {
		document := random.document()
		paths := make([]string, 24)
		for index := range paths {
			paths[index] = random.path(2)
			if !gjson.Valid(document) {
				paths[index] = ".." + paths[index]
			}
		}
		all = append(all, fewMisses(ask(document, paths)))
	}
	write(all)
}

func ask(document string, paths []string) answers {
	result := answers{JSON: document}
	for _, path := range paths {
		if recorded, ok := answer(document, path); ok {
			result.Cases = append(result.Cases, recorded)
		}
	}
	return result
}

// Most random paths lead nowhere; three of them for each document are enough.
func fewMisses(all answers) answers {
	few := answers{JSON: all.JSON}
	misses := 0
	for _, one := range all.Cases {
		if len(one) == 1 {
			misses++
		}
		if len(one) > 1 || misses <= 3 {
			few.Cases = append(few.Cases, one)
		}
	}
	return few
}

// Results that are no JSON themselves (gjson does not look) are left out.
func answer(document, path string) ([]string, bool) {
	found := gjson.Get(document, path)
	isSequence := !gjson.Valid(document)
	if isSequence && !strings.HasPrefix(path, "..") {
		return nil, false
	}
	if !found.Exists() {
		return []string{path}, true
	}
	if len(found.Raw) > maxAnswer || !gjson.Valid(found.Raw) {
		return nil, false
	}
	if found.Type == gjson.String {
		return []string{path, "String", found.Raw, found.Str}, true
	}
	return []string{path, found.Type.String(), found.Raw}, true
}

func write(all []answers) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	for _, one := range all {
		if err := encoder.Encode(one); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
