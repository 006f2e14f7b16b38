// The functions of the conformance suite's handler contract, for the vendor's Go library. The handler string names one of them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

var errFailure = errors.New("conformance failure")

type request struct {
	Text   string `json:"text"`
	WaitMs int    `json:"waitMs"`
	Fail   bool   `json:"fail"`
}

func wait(milliseconds int) { time.Sleep(time.Duration(milliseconds) * time.Millisecond) }

func echo(event json.RawMessage) (json.RawMessage, error) { return event, nil }

func printText(event request) error {
	fmt.Print(event.Text)
	return nil
}

func trace(ctx context.Context, event request) (map[string]any, error) {
	wait(event.WaitMs)
	traced := map[string]any{"environment": nil, "context": ctx.Value("x-amzn-trace-id")}
	if value, found := os.LookupEnv("_X_AMZN_TRACE_ID"); found {
		traced["environment"] = value
	}
	return traced, nil
}

func remaining(ctx context.Context) (map[string]int64, error) {
	deadline, _ := ctx.Deadline()
	first := time.Until(deadline).Milliseconds()
	wait(1_000)
	return map[string]int64{"first": first, "second": time.Until(deadline).Milliseconds()}, nil
}

func describe(ctx context.Context) (map[string]any, error) {
	lc, _ := lambdacontext.FromContext(ctx)
	return map[string]any{
		"requestId":       lc.AwsRequestID,
		"arn":             lc.InvokedFunctionArn,
		"functionName":    lambdacontext.FunctionName,
		"functionVersion": lambdacontext.FunctionVersion,
		"memoryMiB":       lambdacontext.MemoryLimitInMB,
		"logGroup":        lambdacontext.LogGroupName,
		"logStream":       lambdacontext.LogStreamName,
	}, nil
}

func clientContext(ctx context.Context) (map[string]any, error) {
	lc, _ := lambdacontext.FromContext(ctx)
	if lc.ClientContext.Custom == nil {
		return map[string]any{"custom": nil}, nil
	}
	return map[string]any{"custom": lc.ClientContext.Custom}, nil
}

func tenant(ctx context.Context) (map[string]any, error) {
	lc, _ := lambdacontext.FromContext(ctx)
	if lc.TenantID == "" {
		return map[string]any{"tenantId": nil}, nil
	}
	return map[string]any{"tenantId": lc.TenantID}, nil
}

func failLater() (string, error) {
	go func() {
		wait(100)
		panic(errFailure)
	}()
	wait(1_000)
	return "waited", nil
}

func failOrWait(raw json.RawMessage) (json.RawMessage, error) {
	var event request
	if err := json.Unmarshal(raw, &event); err != nil || event.Fail {
		return nil, errFailure
	}
	wait(event.WaitMs)
	return raw, nil
}

// A reader that gives its parts one by one, then its error.
func stream(event request, parts []string, end error) io.Reader {
	reader, writer := io.Pipe()
	go func() {
		for index, part := range parts {
			if index > 0 {
				wait(event.WaitMs)
			}
			io.WriteString(writer, part)
		}
		writer.CloseWithError(end)
	}()
	return reader
}

var handlers = map[string]any{
	"echo":               echo,
	"fail":               func() error { return errFailure },
	"nothing":            func() error { return nil },
	"unserialisable":     func() (chan int, error) { return make(chan int), nil },
	"print":              printText,
	"trace":              trace,
	"remaining":          remaining,
	"context":            describe,
	"client-context":     clientContext,
	"tenant":             tenant,
	"fail-later":         failLater,
	"fail-or-wait":       failOrWait,
	"stream":             func(event request) (io.Reader, error) { return stream(event, []string{"A", "B"}, nil), nil },
	"stream-fail-late":   func(event request) (io.Reader, error) { return stream(event, []string{"A"}, errFailure), nil },
	"stream-fail-early":  func(event request) (io.Reader, error) { return stream(event, nil, errFailure), nil },
	"internal-extension": echo,
	"graceful-shutdown":  echo,
	"stream-http": func(event request) (*events.LambdaFunctionURLStreamingResponse, error) {
		return &events.LambdaFunctionURLStreamingResponse{StatusCode: 201, Headers: map[string]string{"x-conformance": "yes"}, Cookies: []string{"a=1"}, Body: stream(event, []string{"created"}, nil)}, nil
	},
}

func main() {
	name := os.Getenv("_HANDLER")
	handler, found := handlers[name]
	if !found {
		fmt.Fprintln(os.Stderr, "conformance failure")
		os.Exit(1)
	}
	if name == "internal-extension" || name == "graceful-shutdown" {
		lambda.StartWithOptions(handler, lambda.WithEnableSIGTERM(func() { os.Exit(0) }))
	}
	lambda.Start(handler)
}
