package stack

import (
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsses"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"

	"latchkey/shared/topology"
)

type outgoing struct {
	*stack
	set    awsses.CfnConfigurationSet
	events awssns.Topic
}

// newMail makes what email goes through: the sender's identity, and a configuration set that tells what became of each message.
//
// Open and click tracking is nowhere: it would rewrite the links.
func (s *stack) newMail(topicKey awskms.Key) *outgoing {
	m := &outgoing{stack: s, events: s.newTopic("mail-events", "ses.amazonaws.com", topicKey)}
	m.set = awsses.NewCfnConfigurationSet(s.Stack, new("Mail"), &awsses.CfnConfigurationSetProps{
		Name:           new(s.parameters.name("mail")),
		SendingOptions: &awsses.CfnConfigurationSet_SendingOptionsProperty{SendingEnabled: true},
		ReputationOptions: &awsses.CfnConfigurationSet_ReputationOptionsProperty{
			ReputationMetricsEnabled: true,
		},
		VdmOptions: &awsses.CfnConfigurationSet_VdmOptionsProperty{
			DashboardOptions: &awsses.CfnConfigurationSet_DashboardOptionsProperty{
				EngagementMetrics: new("DISABLED"),
			},
		},
		SuppressionOptions: &awsses.CfnConfigurationSet_SuppressionOptionsProperty{
			SuppressedReasons: jsii.Strings("BOUNCE", "COMPLAINT"),
		},
	})
	destination := awsses.NewCfnConfigurationSetEventDestination(
		s.Stack,
		new("MailEvents"),
		&awsses.CfnConfigurationSetEventDestinationProps{
			ConfigurationSetName: m.set.Ref(),
			EventDestination: &awsses.CfnConfigurationSetEventDestination_EventDestinationProperty{
				Name:    new("events"),
				Enabled: true,
				MatchingEventTypes: jsii.Strings(
					"SEND",
					"REJECT",
					"BOUNCE",
					"COMPLAINT",
					"DELIVERY",
					"RENDERING_FAILURE",
					"DELIVERY_DELAY",
				),
				SnsDestination: &awsses.CfnConfigurationSetEventDestination_SnsDestinationProperty{
					TopicArn: m.events.TopicArn(),
				},
			},
		},
	)
	destination.Node().AddDependency(m.events) // with its policy: SES tries whether it may publish

	for _, q := range topology.Latchkey.Queues {
		if q.MailEvents {
			m.subscribe(q.Name)
		}
	}

	m.newIdentity()

	return m
}

// subscribe puts the events on a queue, whose policy lets this topic do so and no other. The queue is encrypted with SQS's own key, which needs no right of
// its own; the topic's key is that of who publishes. What can't be put there goes to the queue's dead letters.
func (m *outgoing) subscribe(queue string) {
	m.events.AddSubscription(
		awssnssubscriptions.NewSqsSubscription(
			m.queues[queue],
			&awssnssubscriptions.SqsSubscriptionProps{
				DeadLetterQueue: m.dead[queue],
			},
		),
	)
}

// newIdentity has SES verify the sender's address or domain, unless that was done already.
func (m *outgoing) newIdentity() {
	sender := m.parameters.sender()
	switch m.parameters.values["SES_IDENTITY"] {
	case "address":
		awsses.NewCfnEmailIdentity(
			m.Stack,
			new("Sender"),
			&awsses.CfnEmailIdentityProps{EmailIdentity: new(sender.Address())},
		)
	case "domain":
		identity := awsses.NewCfnEmailIdentity(
			m.Stack,
			new("Sender"),
			&awsses.CfnEmailIdentityProps{EmailIdentity: &sender.Domain},
		)
		names := []*string{
			identity.AttrDkimDnsTokenName1(),
			identity.AttrDkimDnsTokenName2(),
			identity.AttrDkimDnsTokenName3(),
		}

		values := []*string{
			identity.AttrDkimDnsTokenValue1(),
			identity.AttrDkimDnsTokenValue2(),
			identity.AttrDkimDnsTokenValue3(),
		}
		for i := range names {
			m.output(
				"SenderRecord"+strconv.Itoa(i+1),
				"A CNAME record that shows SES whose the sender's domain is.",
				new(*names[i]+" CNAME "+*values[i]),
			)
		}
	}
}

// identities are the ARNs of what SES may send as: the address has precedence where both it and its domain are verified.
func (m *outgoing) identities() []string {
	sender := m.parameters.sender()

	all := []string{
		m.arn("ses", "identity/"+sender.Address()),
		m.arn("ses", "identity/"+sender.Domain),
	}
	if m.parameters.values["SES_SANDBOX"] == "true" {
		all = append(all, m.arn("ses", "identity/*"))
	}

	return all
}

func (m *outgoing) setARN() string { return m.arn("ses", "configuration-set/"+*m.set.Ref()) }

// newTopicKey makes the key of the topics: SNS's own key can't be used by the services that publish to them. Who may publish is said by each topic.
func (s *stack) newTopicKey() awskms.Key {
	key := awskms.NewKey(s.Stack, new("TopicKey"), &awskms.KeyProps{
		Description: new(
			"Latchkey (" + s.parameters.values["STAGE"] + "): the events of sent mail, and alarms",
		),
		EnableKeyRotation: new(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY,
	})
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{
			awsiam.NewServicePrincipal(
				new("ses.amazonaws.com"),
				nil,
			),
			awsiam.NewServicePrincipal(new("cloudwatch.amazonaws.com"), nil),
		},
		Actions: jsii.Strings(
			"kms:Decrypt",
			"kms:GenerateDataKey*",
		),
		Resources: jsii.Strings("*"), // in a key's policy: this key
	}), nil)

	return key
}

// newTopic makes an encrypted topic for TLS alone, to which one service may publish for this account.
func (s *stack) newTopic(name, publisher string, key awskms.Key) awssns.Topic {
	topic := awssns.NewTopic(
		s.Stack,
		id("Topic", name),
		&awssns.TopicProps{
			TopicName:  new(s.parameters.name(name)),
			MasterKey:  key,
			EnforceSSL: new(true),
		},
	)
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(&publisher, nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": s.Account()},
		},
	}))

	return topic
}
