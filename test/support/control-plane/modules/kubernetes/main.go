// One binary, many names: kube-apiserver, kube-controller-manager, kubectl.
// The name it is started under (argv[0]) decides which one it is.
// With the build tag controllermanager it is kube-controller-manager only.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

// What each name runs; the result is the exit code. Other files of this package add theirs.
var commands = map[string]func() int{
	"kube-controller-manager": func() int { return cli.Run(controllermanager.NewControllerManagerCommand()) },
}

func main() {
	run, known := commands[filepath.Base(os.Args[0])]
	if !known {
		fmt.Fprintln(os.Stderr, "start this through a link named kube-apiserver, kube-controller-manager or kubectl")
		os.Exit(2)
	}
	os.Exit(run())
}
