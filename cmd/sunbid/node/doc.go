// Package node wires one platform process: it reads the configuration, opens the stores, makes the services of the stages
// and the web server out of them, and runs the timers (log rounds, due lots, jobs) until it is told to stop.
//
// There is no framework: Open is the whole wiring, top to bottom.
package node
