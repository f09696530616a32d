// One binary, many names. The name it is started under (argv[0]) decides which one it is:
//   - kube-apiserver, kube-controller-manager, kubectl;
//   - with the build tag controllermanager kube-controller-manager only;
//   - with the build tag node kube-scheduler and kubelet.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

// What each name runs; the result is the exit code. The other files of this package fill it.
var commands = map[string]func() int{}

func main() {
	run, known := commands[filepath.Base(os.Args[0])]
	if !known {
		fmt.Fprintln(os.Stderr, "start this through a link named after the program that it is to be")
		os.Exit(2)
	}
	os.Exit(run())
}
