package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"

	"latchkey/shared/metric"
	"latchkey/shared/topology"
)

// Where an alarm begins. SES looks at an account itself at twice these rates and more (5 % bounces, 0.1 % complaints).
const (
	bounceRate    = 0.02
	complaintRate = 0.0005
	smsShare      = 0.8 // of the month's limit
	failedAnswers = 5   // 5xx in five minutes
	slowAnswer    = 3000.0
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
	for _, q := range topology.Latchkey.Queues {
		w.alarm(
			"Late"+*id(q.Name),
			"The oldest message of the queue "+q.Name+" waits longer than it should.",
			1,
			queueMetric(
				s.parameters.name(q.Name),
				"ApproximateAgeOfOldestMessage",
			),
			q.Late.Seconds(),
		)
		w.deadLetters(q.Name)
	}

	for _, f := range topology.Latchkey.Functions {
		if len(f.Uploads) > 0 {
			w.deadLetters(f.Name)
		}

		w.alarm(
			"Errors"+*id(f.Name),
			"Invocations of "+f.Name+" have failed.",
			1,
			functionMetric(s.parameters.name(f.Name), "Errors"),
			1,
		)
		w.alarm(
			"Throttles"+*id(f.Name),
			"Invocations of "+f.Name+" were refused: the account's concurrency is used up.",
			1,
			functionMetric(s.parameters.name(f.Name), "Throttles"),
			1,
		)
	}

	w.alarm(
		"Bounces",
		"More emails bounce than SES likes to see.",
		1,
		w.reputation("BounceRate"),
		bounceRate,
	)
	w.alarm(
		"Complaints",
		"More users complain of email than SES likes to see.",
		1,
		w.reputation("ComplaintRate"),
		complaintRate,
	)
	w.alarm(
		"SmsSpend",
		"The month's limit of SMS is nearly spent: none is sent after it.",
		1,
		newMetric(
			"AWS/SNS",
			"SMSMonthToDateSpentUSD",
			"Maximum",
			nil,
		),
		smsShare*s.parameters.number("SMS_MONTHLY_LIMIT"),
	)
	w.alarm(
		"FailedAnswers",
		"The API answers with 5xx.",
		1,
		w.apiMetric("5xx", "Sum"),
		failedAnswers,
	)
	w.alarm(
		"SlowAnswers",
		"One answer of the API in a hundred takes seconds.",
		3,
		w.apiMetric("Latency", "p99"),
		slowAnswer,
	)
	w.dashboard()
}

type watch struct {
	*stack
	action awscloudwatchactions.SnsAction
}

// alarm makes an alarm that begins when a metric reaches the threshold in as many periods of five minutes as are given. No data is a good sign here.
func (w *watch) alarm(
	name, means string,
	periods float64,
	m awscloudwatch.Metric,
	threshold float64,
) {
	alarm := m.CreateAlarm(w.Stack, new("Alarm"+name), &awscloudwatch.CreateAlarmOptions{
		AlarmName: new(
			w.parameters.name(name),
		),
		AlarmDescription:   &means,
		Threshold:          &threshold,
		EvaluationPeriods:  &periods,
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
	alarm.AddAlarmAction(w.action)
}

// deadLetters makes the alarm of a dead-letter queue that isn't empty.
func (w *watch) deadLetters(of string) {
	w.alarm(
		"Dead"+*id(of),
		"Something of "+of+" could not be done after all its tries: look at the dead-letter queue, then send it back.",
		1,
		queueMetric(
			w.parameters.name(of+topology.DeadLetterSuffix),
			"ApproximateNumberOfMessagesVisible",
		),
		1,
	)
}

// dashboard tells the story of a job from its rows to its users' passwords, and below it how the system is.
func (w *watch) dashboard() {
	counted := func(title string, names ...metric.Name) awscloudwatch.IWidget {
		var metrics []awscloudwatch.IMetric
		for _, name := range names {
			metrics = append(
				metrics,
				newMetric(metric.Namespace, string(name), "Sum", map[string]string{
					metric.Dimension: w.parameters.name(metric.Of[name]),
				}),
			)
		}

		return graph(title, metrics)
	}

	var waiting, ages, dead, errors, durations []awscloudwatch.IMetric
	for _, q := range topology.Latchkey.Queues {
		waiting = append(
			waiting,
			queueMetric(w.parameters.name(q.Name), "ApproximateNumberOfMessagesVisible"),
		)
		ages = append(ages, queueMetric(w.parameters.name(q.Name), "ApproximateAgeOfOldestMessage"))
		dead = append(
			dead,
			queueMetric(
				w.parameters.name(q.Name+topology.DeadLetterSuffix),
				"ApproximateNumberOfMessagesVisible",
			),
		)
	}

	for _, f := range topology.Latchkey.Functions {
		if len(f.Uploads) > 0 {
			dead = append(
				dead,
				queueMetric(
					w.parameters.name(f.Name+topology.DeadLetterSuffix),
					"ApproximateNumberOfMessagesVisible",
				),
			)
		}

		errors = append(errors, functionMetric(w.parameters.name(f.Name), "Errors"))
		durations = append(
			durations,
			newMetric(
				"AWS/Lambda",
				"Duration",
				"p99",
				map[string]string{"FunctionName": w.parameters.name(f.Name)},
			),
		)
	}

	awscloudwatch.NewDashboard(w.Stack, new("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: w.StackName(),
		Widgets: &[]*[]awscloudwatch.IWidget{
			{
				counted("Rows validated", metric.RowsValid, metric.RowsInvalid),
				counted("Users processed", metric.UsersProcessed, metric.RowsFailed),
			},
			{
				counted("Messages", metric.MessagesSent, metric.MessagesFailed),
				counted("Passwords set", metric.PasswordsSet),
			},
			{
				graph(
					"Bounces and complaints",
					[]awscloudwatch.IMetric{
						w.reputation("BounceRate"),
						w.reputation("ComplaintRate"),
					},
				),
				graph("Dead letters", dead),
			},
			{graph("Waiting", waiting), graph("Age of the oldest message (s)", ages)},
			{
				graph(
					"API",
					[]awscloudwatch.IMetric{
						w.apiMetric("Count", "Sum"),
						w.apiMetric("4xx", "Sum"),
						w.apiMetric("5xx", "Sum"),
					},
				),
				graph(
					"Latency of the API (ms)",
					[]awscloudwatch.IMetric{
						w.apiMetric("Latency", "p50"),
						w.apiMetric("Latency", "p99"),
					},
				),
			},
			{
				graph("Errors of functions", errors),
				graph("Duration of functions, p99 (ms)", durations),
			},
		},
	})
}

func graph(title string, metrics []awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(
		&awscloudwatch.GraphWidgetProps{Title: &title, Left: &metrics, Width: new(12.0)},
	)
}

func newMetric(
	namespace, name, statistic string,
	dimensions map[string]string,
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

func functionMetric(function, name string) awscloudwatch.Metric {
	return newMetric("AWS/Lambda", name, "Sum", map[string]string{"FunctionName": function})
}

func (w *watch) apiMetric(name, statistic string) awscloudwatch.Metric {
	return newMetric(
		"AWS/ApiGateway",
		name,
		statistic,
		map[string]string{"ApiId": *w.api.made.Ref()},
	)
}

// reputation is a rate that SES keeps of what this deployment sends.
func (w *watch) reputation(name string) awscloudwatch.Metric {
	return newMetric(
		"AWS/SES",
		"Reputation."+name,
		"Maximum",
		map[string]string{"ses:configuration-set": *w.mail.set.Ref()},
	)
}
