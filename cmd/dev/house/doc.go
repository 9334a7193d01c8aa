// Package house holds the rules of the house that a compiler does not: which package may import which (the arrow of time
// is the arrow of import: an earlier stage of the procedure never knows a later one), no variable that changes behind
// one's back, and time that comes in from outside. Its tests run them over the whole module.
package house
