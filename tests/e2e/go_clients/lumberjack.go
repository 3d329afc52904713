// lumberjack ADDRESS LEVEL FILE [CA IDENTITY]: sends each line of FILE, which is JSON, as an event by Elastic's own client of Lumberjack, packed at LEVEL (0: not at all), in
// windows of 200, over TLS where a CA and an identity are given. What is not acknowledged is sent again over another connection. Exits with 0 if all was acknowledged, and says
// how many windows were not, the first time.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/elastic/go-lumber/client/v2"
)

const (
	window = 200
	tries  = 100
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readLines(path string) (lines []interface{}) {
	file, err := os.Open(path)
	fail(err)
	defer file.Close()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		lines = append(lines, scanner.Text())
	}
	return lines
}

// How a connection is made: plain, or over TLS with a certificate.
func dialer(words []string) func(network, address string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: 10 * time.Second}
	if len(words) < 2 {
		return plain.Dial
	}
	authority, err := os.ReadFile(words[0])
	fail(err)
	identity, err := tls.LoadX509KeyPair(words[1], words[1])
	fail(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	settings := &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{identity}, ServerName: "localhost"}
	return func(network, address string) (net.Conn, error) {
		return tls.DialWithDialer(plain, network, address, settings)
	}
}

func main() {
	level, err := strconv.Atoi(os.Args[2])
	fail(err)
	lines, dial := readLines(os.Args[3]), dialer(os.Args[4:])
	asTheyAre := v2.JSONEncoder(func(line interface{}) ([]byte, error) { return []byte(line.(string)), nil })
	var client *v2.SyncClient
	failed := 0
	for at := 0; at < len(lines); {
		end := at + window
		if end > len(lines) {
			end = len(lines)
		}
		err = nil
		if client == nil {
			client, err = v2.SyncDialWith(dial, os.Args[1], asTheyAre, v2.CompressionLevel(level), v2.Timeout(20*time.Second))
		}
		if err == nil {
			acknowledged := 0
			acknowledged, err = client.Send(lines[at:end])
			at += acknowledged
		} else {
			client = nil
		}
		if err == nil {
			continue
		}
		if failed++; failed > tries {
			fail(err)
		}
		fmt.Fprintln(os.Stderr, err)
		if client != nil {
			client.Close()
			client = nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	fmt.Println(failed)
}
