package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"

	"latchkey/shared/metric"
	"latchkey/shared/topology"
)

// Where an alarm begins. SES itself looks at an account from 5 % bounces or 0.1 %
// complaints: the alarms come at half of that and less.
// (https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html)
const (
	bounceRate    = 0.02
	complaintRate = 0.0005
	smsShare      = 0.8 // of the month's limit
	failedAnswers = 5   // 5xx in five minutes
	slowAnswer    = 3000.0
)

// Metrics that SQS has of a queue.
const (
	oldest  = "ApproximateAgeOfOldestMessage"
	visible = "ApproximateNumberOfMessagesVisible"
)

// watch makes the alarms, which go to the topic, and the dashboard.
func (s *stack) watch(topic awssns.Topic) {
	if s.parameters.has("ALARM_EMAIL") {
		awssns.NewCfnSubscription(s.Stack, new("AlarmEmail"), &awssns.CfnSubscriptionProps{
			TopicArn: topic.TopicArn(),
			Protocol: new("email"),
			Endpoint: new(s.parameters.values["ALARM_EMAIL"]),
		})
	}

	w := &watch{stack: s, action: awscloudwatchactions.NewSnsAction(topic)}
	w.watchQueues()
	w.watchFunctions()
	w.watchSending()
	w.watchAPI()
	w.dashboard()
}

type watch struct {
	*stack
	action awscloudwatchactions.SnsAction
}

// watchQueues makes two alarms for each queue: what waits too long, and what was given
// up.
func (w *watch) watchQueues() {
	for _, q := range topology.Latchkey.Queues {
		w.alarm(alarm{
			name: "Late" + *id(q.Name),
			means: "The oldest message of the queue " + q.Name + " waits longer " +
				"than it should.",
			metric:    queueMetric(w.parameters.name(q.Name), oldest),
			threshold: q.Late.Seconds(),
		})
		w.deadLetters(q.Name)
	}
}

func (w *watch) watchFunctions() {
	for _, f := range topology.Latchkey.Functions {
		if len(f.Uploads) > 0 {
			w.deadLetters(f.Name)
		}

		w.alarm(alarm{
			name:      "Errors" + *id(f.Name),
			means:     "Invocations of " + f.Name + " have failed.",
			metric:    functionMetric(w.parameters.name(f.Name), "Errors"),
			threshold: 1,
		})
		w.alarm(alarm{
			name: "Throttles" + *id(f.Name),
			means: "Invocations of " + f.Name + " were refused: " +
				"the account's concurrency is used up.",
			metric:    functionMetric(w.parameters.name(f.Name), "Throttles"),
			threshold: 1,
		})
		if len(f.Sources) > 0 {
			w.stoppedChains(f.Name)
		}
	}

	for _, name := range metric.Of[metric.AuditLost] {
		w.alarm(alarm{
			name: "AuditLost" + *id(name),
			means: "Something was done by " + name + " of which the audit has no entry: " +
				"its log says what.",
			metric:    w.counter(metric.AuditLost, name),
			threshold: 1,
		})
	}
}

// stoppedChains makes the alarm of a function that Lambda takes for one in a loop without
// an end: messages of it are given up.
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
func (w *watch) stoppedChains(function string) {
	w.alarm(alarm{
		name: "Loops" + *id(function),
		means: "Lambda has stopped chains of invocations that lead to " + function +
			": its RecursiveLoop is Terminate.",
		metric: functionMetric(
			w.parameters.name(function),
			"RecursiveInvocationsDropped",
		),
		threshold: 1,
	})
}

// watchSending makes the alarms that come before SES pauses the account, or SNS stops
// sending for the month, and where the deployment itself keeps messages from being sent.
func (w *watch) watchSending() {
	w.alarm(alarm{
		name:      "Bounces",
		means:     "More emails bounce than SES likes to see.",
		metric:    w.reputation("BounceRate"),
		threshold: bounceRate,
	})
	w.alarm(alarm{
		name:      "Complaints",
		means:     "More users complain of email than SES likes to see.",
		metric:    w.reputation("ComplaintRate"),
		threshold: complaintRate,
	})
	for _, function := range metric.Of[metric.Misconfigured] {
		of := map[string]string{metric.Dimension: w.parameters.name(function)}
		w.alarm(alarm{
			name: "Misconfigured" + *id(function),
			means: function + " can't send: its rights, the sender's identity or the " +
				"configuration set must be put right. What waits is then sent by itself.",
			metric:    newMetric(metric.Namespace, string(metric.Misconfigured), "Sum", of),
			threshold: 1,
		})
	}
	w.alarm(alarm{
		name:      "SmsSpend",
		means:     "The month's limit of SMS is nearly spent: none is sent after it.",
		metric:    newMetric("AWS/SNS", "SMSMonthToDateSpentUSD", "Maximum", nil),
		threshold: smsShare * w.parameters.number("SMS_MONTHLY_LIMIT"),
	})
}

func (w *watch) watchAPI() {
	w.alarm(alarm{
		name:      "FailedAnswers",
		means:     "The API answers with 5xx.",
		metric:    w.apiMetric("5xx", "Sum"),
		threshold: failedAnswers,
	})
	w.alarm(alarm{
		name:      "SlowAnswers",
		means:     "One answer of the API in a hundred takes seconds.",
		periods:   3,
		metric:    w.apiMetric("Latency", "p99"),
		threshold: slowAnswer,
	})
}

// alarm says when somebody must look: when a metric has reached the threshold in as many
// periods of five minutes.
type alarm struct {
	name      string
	means     string
	metric    awscloudwatch.Metric
	periods   float64 // one unless given
	threshold float64
}

// alarm makes the alarm. No data is a good sign here: an idle system has none.
func (w *watch) alarm(a alarm) {
	made := a.metric.CreateAlarm(w.Stack, new("Alarm"+a.name), &awscloudwatch.CreateAlarmOptions{
		AlarmName:          new(w.parameters.name(a.name)),
		AlarmDescription:   &a.means,
		Threshold:          &a.threshold,
		EvaluationPeriods:  new(max(a.periods, 1)),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
	made.AddAlarmAction(w.action)
}

// deadLetters makes the alarm of a dead-letter queue that isn't empty. of is the queue or
// the function that it belongs to.
func (w *watch) deadLetters(of string) {
	w.alarm(alarm{
		name: "Dead" + *id(of),
		means: "Something of " + of + " could not be done after all its tries: " +
			"look at the dead-letter queue, then send it back.",
		metric:    w.deadMetric(of),
		threshold: 1,
	})
}

// dashboard tells the story of a job from its rows to its users' passwords. Below it is
// the state of the system.
func (w *watch) dashboard() {
	var waiting, ages, dead, failures, durations []awscloudwatch.IMetric
	for _, q := range topology.Latchkey.Queues {
		name := w.parameters.name(q.Name)
		waiting = append(waiting, queueMetric(name, visible))
		ages = append(ages, queueMetric(name, oldest))
		dead = append(dead, w.deadMetric(q.Name))
	}
	for _, f := range topology.Latchkey.Functions {
		if len(f.Uploads) > 0 {
			dead = append(dead, w.deadMetric(f.Name))
		}

		name := w.parameters.name(f.Name)
		of := map[string]string{"FunctionName": name}
		failures = append(failures, functionMetric(name, "Errors"))
		durations = append(durations, newMetric("AWS/Lambda", "Duration", "p99", of))
	}

	awscloudwatch.NewDashboard(w.Stack, new("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: w.StackName(),
		Widgets: &[]*[]awscloudwatch.IWidget{
			{
				w.counted("Rows validated", metric.RowsValid, metric.RowsInvalid),
				w.counted("Users processed", metric.UsersProcessed, metric.RowsFailed),
			},
			{
				w.counted(
					"Messages",
					metric.MessagesSent,
					metric.MessagesFailed,
					metric.Misconfigured,
				),
				w.counted("Passwords set", metric.PasswordsSet),
			},
			{
				graph(
					"Bounces and complaints",
					w.reputation("BounceRate"),
					w.reputation("ComplaintRate"),
				),
				graph("Dead letters", dead...),
			},
			{
				graph("Waiting", waiting...),
				graph("Age of the oldest message (s)", ages...),
			},
			{
				graph(
					"API",
					w.apiMetric("Count", "Sum"),
					w.apiMetric("4xx", "Sum"),
					w.apiMetric("5xx", "Sum"),
				),
				graph(
					"Latency of the API (ms)",
					w.apiMetric("Latency", "p50"),
					w.apiMetric("Latency", "p99"),
				),
			},
			{
				graph("Errors of functions", failures...),
				graph("Duration of functions, p99 (ms)", durations...),
			},
			{
				w.counted("Lost entries of the audit", metric.AuditLost),
			},
		},
	})
}

// counted returns a graph of what the functions themselves count.
func (w *watch) counted(title string, names ...metric.Name) awscloudwatch.IWidget {
	var metrics []awscloudwatch.IMetric
	for _, name := range names {
		for _, function := range metric.Of[name] {
			metrics = append(metrics, w.counter(name, function))
		}
	}
	return graph(title, metrics...)
}

// counter is a metric that a function counts itself.
func (w *watch) counter(name metric.Name, function string) awscloudwatch.Metric {
	of := map[string]string{metric.Dimension: w.parameters.name(function)}
	return newMetric(metric.Namespace, string(name), "Sum", of)
}

func graph(title string, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: &title,
		Left:  &metrics,
		Width: new(12.0),
	})
}

// newMetric returns a metric in periods of five minutes.
func newMetric(
	namespace, name, statistic string, dimensions map[string]string,
) awscloudwatch.Metric {
	props := &awscloudwatch.MetricProps{
		Namespace:     &namespace,
		MetricName:    &name,
		Statistic:     &statistic,
		Period:        awscdk.Duration_Minutes(new(5.0)),
		DimensionsMap: &map[string]*string{},
	}
	for dimension, value := range dimensions {
		(*props.DimensionsMap)[dimension] = &value
	}
	return awscloudwatch.NewMetric(props)
}

func queueMetric(queue, name string) awscloudwatch.Metric {
	return newMetric("AWS/SQS", name, "Maximum", map[string]string{"QueueName": queue})
}

// deadMetric counts what is in the dead-letter queue of a queue or a function.
func (w *watch) deadMetric(of string) awscloudwatch.Metric {
	return queueMetric(w.parameters.name(of+topology.DeadLetterSuffix), visible)
}

func functionMetric(function, name string) awscloudwatch.Metric {
	return newMetric("AWS/Lambda", name, "Sum", map[string]string{"FunctionName": function})
}

func (w *watch) apiMetric(name, statistic string) awscloudwatch.Metric {
	of := map[string]string{"ApiId": *w.api.made.Ref()}
	return newMetric("AWS/ApiGateway", name, statistic, of)
}

// reputation is a rate that SES measures over what this deployment sends, and no other.
func (w *watch) reputation(name string) awscloudwatch.Metric {
	of := map[string]string{"ses:configuration-set": *w.mail.set.Ref()}
	return newMetric("AWS/SES", "Reputation."+name, "Maximum", of)
}
