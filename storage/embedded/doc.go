// Package embedded runs a private PostgreSQL as a child process: the database of the default mode and of every store test.
// There is one SQL dialect and one driver in this project; a machine without a database server gets a real one of its own
// instead of a different one.
//
// The server listens on a unix socket only, in a folder nobody else may enter, and dies with the process that started it.
// Its settings are durable (fsync and synchronous_commit on): an acknowledged row is on the disk.
//
//	DIR/lock   held (flock) while a Server of this program owns DIR
//	DIR/data   the database cluster, made once by initdb
//	DIR/run    the socket, unless its path would be too long for a socket
package embedded
