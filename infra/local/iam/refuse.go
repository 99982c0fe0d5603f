package iam

import (
	"encoding/json"
	"encoding/xml"
	"net/http"

	"latchkey/infra/local/engine"
)

// refusal is an error, as services of JSON name it. Their common errors have the status
// 400 when access is denied and 403 for an unknown key
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html).
type refusal struct {
	status        int
	code, message string
}

var (
	unknownKey = refusal{
		http.StatusForbidden,
		"UnrecognizedClientException",
		"The security token included in the request is invalid.",
	}
	unreadable = refusal{
		http.StatusBadRequest,
		"ValidationException",
		"the local IAM doesn't know which rights the request takes",
	}
)

// refuseJSON answers an error as services of JSON do.
func refuseJSON(w http.ResponseWriter, _ *http.Request, e refusal) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Errortype", e.code)
	w.Header().Set("X-Amzn-Requestid", engine.NewID())
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(map[string]string{ // a caller that has gone reads no answer
		"__type":  e.code,
		"message": e.message,
	})
}

// others are the names of errors at S3 and SNS, which have 403 for all of them
// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
var others = map[string]struct{ s3, sns string }{
	"AccessDeniedException":       {"AccessDenied", "AuthorizationError"},
	"UnrecognizedClientException": {"InvalidAccessKeyId", "InvalidClientTokenId"},
}

// refuseS3 answers an error as S3 does. That to a HEAD has no body.
func refuseS3(w http.ResponseWriter, r *http.Request, e refusal) {
	type body struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		RequestID string `xml:"RequestId"`
	}
	if other, ok := others[e.code]; ok {
		e.code = other.s3
		e.status = http.StatusForbidden
	}

	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(e.status)
	if r.Method != http.MethodHead {
		_ = xml.NewEncoder(w).Encode(body{
			Code:      e.code,
			Message:   e.message,
			RequestID: engine.NewID(),
		}) // a caller that has gone reads no answer
	}
}

// refuseQuery answers an error as services of the query protocol do.
func refuseQuery(w http.ResponseWriter, _ *http.Request, e refusal) {
	type body struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Type      string   `xml:"Error>Type"`
		Code      string   `xml:"Error>Code"`
		Message   string   `xml:"Error>Message"`
		RequestID string   `xml:"RequestId"`
	}
	if other, ok := others[e.code]; ok {
		e.code = other.sns
		e.status = http.StatusForbidden
	}

	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(e.status)
	_ = xml.NewEncoder(w).Encode(body{
		Type:      "Sender",
		Code:      e.code,
		Message:   e.message,
		RequestID: engine.NewID(),
	}) // a caller that has gone reads no answer
}
