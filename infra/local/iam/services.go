package iam

import (
	"encoding/json"
	"net/http"
	"net/mail"
	"net/url"
	"strings"

	"latchkey/infra/local/engine"
)

// Phone is what a phone number is called, whichever it is: SNS knows no ARN of one.
const Phone = "phone-number"

// operation returns what a call's X-Amz-Target names: of "DynamoDB_20120810.Query", Query.
func operation(r *http.Request) string {
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return name
}

// asksSQS returns what a call of SQS asks for. A batch takes the right of one
// ("Amazon SQS API permissions: Actions and resource reference", in SQS's developer guide).
func asksSQS(_ *IAM, function string, r *http.Request, body []byte) ([]Request, error) {
	var asked struct{ QueueURL string }
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	action := strings.TrimSuffix(operation(r), "Batch")
	if action == "" || asked.QueueURL == "" {
		return nil, errUnknown
	}
	queue := asked.QueueURL[strings.LastIndex(asked.QueueURL, "/")+1:]
	return []Request{{
		Function: function,
		Action:   "sqs:" + action,
		Resource: engine.ARN("sqs", queue),
	}}, nil
}

// isRead reports whether a call of S3 reads an object.
func isRead(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// asksS3 returns what a call of S3 asks for
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html).
func asksS3(i *IAM, function string, r *http.Request, _ []byte) ([]Request, error) {
	bucket, key := i.object(r)
	query := r.URL.Query()
	ask := func(action, key string) ([]Request, error) {
		resource := "arn:aws:s3:::" + bucket + key
		return []Request{{Function: function, Action: "s3:" + action, Resource: resource}}, nil
	}

	switch {
	case r.Header.Get("X-Amz-Copy-Source") != "":
		return nil, errUnknown
	case key == "" && isRead(r):
		return ask(listing(query), "")
	case key == "":
		return nil, errUnknown
	case isRead(r) && query.Has("versionId"):
		return ask("GetObjectVersion", "/"+key)
	case isRead(r):
		return ask("GetObject", "/"+key)
	case r.Method == http.MethodPut, r.Method == http.MethodPost:
		return ask("PutObject", "/"+key)
	case r.Method == http.MethodDelete && query.Has("uploadId"):
		return ask("AbortMultipartUpload", "/"+key)
	case r.Method == http.MethodDelete && query.Has("versionId"):
		return ask("DeleteObjectVersion", "/"+key)
	case r.Method == http.MethodDelete:
		return ask("DeleteObject", "/"+key)
	}
	return nil, errUnknown
}

// listing returns the action of a call that lists what a bucket has.
func listing(query url.Values) string {
	if query.Has("versions") {
		return "ListBucketVersions"
	}
	return "ListBucket"
}

// object returns the bucket and the key of a call. The bucket is the first part of the
// host or of the path.
func (i *IAM) object(r *http.Request) (bucket, key string) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if strings.HasPrefix(r.Host, i.bucket+".") {
		return i.bucket, path
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

// asksSES returns what a call of SES's API v2 asks for. An email takes the right on its
// sender and that on the configuration set that it names ("Actions, resources, and
// condition keys for Amazon Simple Email Service v2", in the Service Authorization
// Reference).
func asksSES(_ *IAM, function string, r *http.Request, body []byte) ([]Request, error) {
	const suppressed = "/v2/email/suppression/addresses/"
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/v2/email/account":
		return []Request{{Function: function, Action: "ses:GetAccount", Resource: "*"}}, nil
	case r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, suppressed):
		action := "ses:DeleteSuppressedDestination"
		return []Request{{Function: function, Action: action, Resource: "*"}}, nil
	case r.Method != http.MethodPost || r.URL.Path != "/v2/email/outbound-emails":
		return nil, errUnknown
	}

	var asked struct{ FromEmailAddress, ConfigurationSetName string }
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(asked.FromEmailAddress)
	if err != nil {
		return nil, err
	}
	all := []Request{{
		Function: function,
		Action:   "ses:SendEmail",
		Resource: engine.ARN("ses", "identity/"+from.Address),
	}}
	if set := asked.ConfigurationSetName; set != "" {
		resource := engine.ARN("ses", "configuration-set/"+set)
		all = append(all, Request{Function: function, Action: "ses:SendEmail", Resource: resource})
	}
	return all, nil
}

// asksSNS returns what a call of SNS asks for.
func asksSNS(_ *IAM, function string, _ *http.Request, body []byte) ([]Request, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}

	r := Request{Function: function, Action: "sns:" + form.Get("Action"), Resource: "*"}
	if form.Has("PhoneNumber") {
		r.Resource = Phone
	}
	for _, name := range []string{"TopicArn", "TargetArn"} {
		if form.Has(name) {
			r.Resource = form.Get(name)
		}
	}
	return []Request{r}, nil
}

// asksSecrets returns what a call of Secrets Manager asks for. A secret goes by its name
// or its ARN.
func asksSecrets(_ *IAM, function string, r *http.Request, body []byte) ([]Request, error) {
	var asked struct{ SecretID string }
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	if operation(r) == "" || asked.SecretID == "" {
		return nil, errUnknown
	}

	secret := asked.SecretID
	if !strings.HasPrefix(secret, "arn:") {
		secret = engine.ARN("secretsmanager", "secret:"+secret)
	}
	action := "secretsmanager:" + operation(r)
	return []Request{{Function: function, Action: action, Resource: secret}}, nil
}
