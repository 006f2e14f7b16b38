// A Lambda runtime with Go's standard library.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

// Context tells about one invocation.
type Context struct {
	RequestID   string
	FunctionARN string
	Deadline    time.Time
}

type handlerFunction func(event json.RawMessage, context Context) (any, error)

var api = "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime"

// Without a time-out: the environment may be frozen while next waits. Connections stay open.
var client = &http.Client{}

func main() {
	name := os.Getenv("_HANDLER")
	if name == "" {
		name = "function.handler"
	}
	handler, found := handlers[name]
	if !found {
		report("/init/error", "Runtime.NoSuchHandler", fmt.Errorf("there is no handler %s", name))
		os.Exit(1)
	}
	for {
		serve(handler)
	}
}

func serve(handler handlerFunction) {
	answer, err := client.Get(api + "/invocation/next")
	must(err)
	event, err := io.ReadAll(answer.Body)
	must(err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		must(fmt.Errorf("next was answered with %d", answer.StatusCode))
	}
	id := answer.Header.Get("Lambda-Runtime-Aws-Request-Id")
	deadlineMs, _ := strconv.ParseInt(answer.Header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
	os.Setenv("_X_AMZN_TRACE_ID", answer.Header.Get("Lambda-Runtime-Trace-Id"))
	context := Context{RequestID: id, FunctionARN: answer.Header.Get("Lambda-Runtime-Invoked-Function-Arn"), Deadline: time.UnixMilli(deadlineMs)}
	path := "/invocation/" + url.PathEscape(id)
	response, err := invoke(handler, event, context)
	if err != nil {
		report(path+"/error", "Function.Error", err)
		return
	}
	post(path+"/response", response, "")
}

// A panic is a failure of the invocation, too.
func invoke(handler handlerFunction, event []byte, context Context) (response []byte, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	result, err := handler(event, context)
	if err != nil {
		return nil, err
	}
	return json.Marshal(result)
}

func report(path, kind string, problem error) {
	fmt.Fprintln(os.Stderr, kind+":", problem)
	body, err := json.Marshal(map[string]any{"errorType": kind, "errorMessage": problem.Error(), "stackTrace": []string{}})
	must(err)
	post(path, body, kind)
}

func post(path string, body []byte, errorType string) {
	request, err := http.NewRequest(http.MethodPost, api+path, bytes.NewReader(body))
	must(err)
	request.Header.Set("Content-Type", "application/json")
	if errorType != "" {
		request.Header.Set("Lambda-Runtime-Function-Error-Type", errorType)
	}
	answer, err := client.Do(request)
	must(err)
	text, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	// A 5xx means that the environment is lost; any other refusal concerns one invocation only.
	if answer.StatusCode >= 500 {
		os.Exit(1)
	}
	if answer.StatusCode != http.StatusAccepted {
		fmt.Fprintf(os.Stderr, "the response was refused with %d: %s\n", answer.StatusCode, text)
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
