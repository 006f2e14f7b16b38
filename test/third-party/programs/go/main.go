// What the tests ask of a function, for the vendor's Go library.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do      string
	Value   any
	Message string
	Text    string
	Code    int
	Bytes   int
	Chunks  []string
	Fail    string
}

type outOfReach struct{ message string }

func (e outOfReach) Error() string { return e.message }

var calls int

func handle(ctx context.Context, e event) (any, error) {
	calls++
	switch e.Do {
	case "return":
		return e.Value, nil
	case "context":
		return describe(ctx), nil
	case "fail":
		return nil, outOfReach{e.Message}
	case "panic":
		panic(e.Message)
	case "print":
		fmt.Print(e.Text)
		return nil, nil
	case "log":
		fmt.Fprintln(os.Stderr, e.Text)
		return nil, nil
	case "exit":
		os.Exit(e.Code)
	case "hang":
		time.Sleep(time.Hour)
	case "big":
		return strings.Repeat("x", e.Bytes), nil
	case "length":
		return len(utf16.Encode([]rune(e.Value.(string)))), nil
	case "stream":
		return stream(e), nil
	}
	return nil, errors.New("no such action")
}

// A reader that is returned is streamed; its error goes into the trailers.
func stream(e event) io.Reader {
	reader, writer := io.Pipe()
	go func() {
		for _, chunk := range e.Chunks {
			io.WriteString(writer, chunk)
		}
		if e.Fail != "" {
			writer.CloseWithError(outOfReach{e.Fail})
			return
		}
		writer.Close()
	}()
	return reader
}

func describe(ctx context.Context) map[string]any {
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	described := map[string]any{
		"requestId":       lc.AwsRequestID,
		"arn":             lc.InvokedFunctionArn,
		"functionName":    lambdacontext.FunctionName,
		"functionVersion": lambdacontext.FunctionVersion,
		"memoryMiB":       lambdacontext.MemoryLimitInMB,
		"remainingMs":     time.Until(deadline).Milliseconds(),
		"traceId":         os.Getenv("_X_AMZN_TRACE_ID"),
		"calls":           calls,
	}
	if custom, found := lc.ClientContext.Custom["key"]; found {
		described["custom"] = custom
	}
	return described
}

func main() {
	if os.Getenv("FUNCTION_INIT") == "fails" {
		fmt.Fprintln(os.Stderr, "no database")
		os.Exit(7)
	}
	if os.Getenv("FUNCTION_SIGTERM") == "" {
		lambda.Start(handle)
		return
	}
	lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() {
		encoded, _ := json.Marshal(map[string]int{"calls": calls})
		fmt.Printf("SIGTERM after %s\n", encoded)
		os.Exit(0)
	}))
}
