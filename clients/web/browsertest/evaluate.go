package browsertest

import (
	"encoding/json"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
)

// The driver's own reading of a page is JavaScript that the protocol runs; it works also
// where pages run none.

// evaluate is an expression that gives a text.
func (w *Window) evaluate(expression string) string {
	w.t.Helper()
	yes := true
	result := call(w, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ReturnByValue: &yes, AwaitPromise: &yes})
	return w.said(result.Result, result.ExceptionDetails)
}

// on calls a function on something, which gives a text.
func (w *Window) on(node cdp.BackendNodeID, function string, arguments ...string) string {
	w.t.Helper()
	result := w.callOn(node, true, function, arguments)
	return w.said(result.Result, result.ExceptionDetails)
}

// element is what a function, called on the place, gives; 0 if that is nothing.
func (p Place) element(function string, arguments ...string) cdp.BackendNodeID {
	p.w.t.Helper()
	result := p.w.callOn(p.node(), false, function, arguments)
	if result.ExceptionDetails != nil || result.Result.ObjectID == "" {
		return 0
	}
	return call(p.w, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: result.Result.ObjectID}).Node.BackendNodeID
}

func (w *Window) callOn(node cdp.BackendNodeID, byValue bool, function string, arguments []string) runtime.CallFunctionOnResult {
	w.t.Helper()
	object := call(w, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node}).Object
	params := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: object.ObjectID, ReturnByValue: &byValue}
	for _, a := range arguments {
		value, _ := json.Marshal(a) // a text always can be
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: value})
	}
	return call(w, runtime.CallFunctionOn, params)
}

func (w *Window) said(of *runtime.RemoteObject, failed *runtime.ExceptionDetails) string {
	w.t.Helper()
	var s string
	if failed != nil {
		w.t.Fatalf("reading the page: %s %+v", failed.Text, failed.Exception)
	}
	if err := json.Unmarshal(of.Value, &s); err != nil {
		w.t.Fatalf("reading the page: %v", err)
	}
	return s
}
