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

// mail is what email goes through. events is the topic on which SES tells of it.
type mail struct {
	*stack
	set    awsses.CfnConfigurationSet
	events awssns.Topic
}

// newMail makes what email goes through: the sender's identity, and a configuration set
// that tells what became of each message.
//
// Open and click tracking is nowhere on: it would rewrite the links.
func (s *stack) newMail(topicKey awskms.Key) *mail {
	m := &mail{stack: s, events: s.newTopic("mail-events", "ses.amazonaws.com", topicKey)}
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
		s.Stack, new("MailEvents"), &awsses.CfnConfigurationSetEventDestinationProps{
			ConfigurationSetName: m.set.Ref(),
			EventDestination: &awsses.CfnConfigurationSetEventDestination_EventDestinationProperty{
				Name:    new("events"),
				Enabled: true,
				MatchingEventTypes: jsii.Strings(
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
		})
	destination.Node().AddDependency(m.events) // with its policy: SES tries whether it may publish

	for _, q := range topology.Latchkey.Queues {
		if q.MailEvents {
			m.subscribe(q.Name)
		}
	}
	m.newIdentity()

	return m
}

// subscribe puts the events on a queue. The queue's policy admits this topic and no
// other. The queue is encrypted with SQS's own key, which needs no right of its own; the
// topic's key is for the services that publish to it. An event that can't be put on the
// queue goes to its dead letters.
func (m *mail) subscribe(queue string) {
	subscription := awssnssubscriptions.NewSqsSubscription(
		m.queues[queue],
		&awssnssubscriptions.SqsSubscriptionProps{DeadLetterQueue: m.dead[queue]},
	)
	m.events.AddSubscription(subscription)
}

// newIdentity makes SES verify the sender's address or domain. Where one of them exists
// already, it makes nothing.
func (m *mail) newIdentity() {
	sender := m.parameters.sender()
	switch m.parameters.values["SES_IDENTITY"] {
	case "address":
		m.verify(sender.Address())
	case "domain":
		identity := m.verify(sender.Domain)
		m.record(1, identity.AttrDkimDnsTokenName1(), identity.AttrDkimDnsTokenValue1())
		m.record(2, identity.AttrDkimDnsTokenName2(), identity.AttrDkimDnsTokenValue2())
		m.record(3, identity.AttrDkimDnsTokenName3(), identity.AttrDkimDnsTokenValue3())
	}
}

// verify makes an identity. SES writes to an address to have it confirmed; a domain needs
// its records.
func (m *mail) verify(identity string) awsses.CfnEmailIdentity {
	return awsses.NewCfnEmailIdentity(m.Stack, new("Sender"), &awsses.CfnEmailIdentityProps{
		EmailIdentity: &identity,
	})
}

// record outputs one of the three DKIM records that show SES whose the domain is.
func (m *mail) record(number int, name, value *string) {
	m.output(
		"SenderRecord"+strconv.Itoa(number),
		"A CNAME record that shows SES whose the sender's domain is.",
		new(*name+" CNAME "+*value),
	)
}

// newTopicKey makes the key of the topics. SNS's own key can't be used by the services
// that publish to them. Who may publish is decided by each topic's policy.
func (s *stack) newTopicKey() awskms.Key {
	stage := s.parameters.values["STAGE"]
	key := awskms.NewKey(s.Stack, new("TopicKey"), &awskms.KeyProps{
		Description:       new("Latchkey (" + stage + "): the events of sent mail, and alarms"),
		EnableKeyRotation: new(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY,
	})

	use := awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{
			awsiam.NewServicePrincipal(new("ses.amazonaws.com"), nil),
			awsiam.NewServicePrincipal(new("cloudwatch.amazonaws.com"), nil),
		},
		Actions:   jsii.Strings("kms:Decrypt", "kms:GenerateDataKey*"),
		Resources: jsii.Strings("*"), // in a key's policy: this key
	})
	key.AddToResourcePolicy(use, nil)

	return key
}

// newTopic makes an encrypted topic for TLS alone. One service may publish to it, and
// only for this account.
func (s *stack) newTopic(name, publisher string, key awskms.Key) awssns.Topic {
	topic := awssns.NewTopic(s.Stack, id("Topic", name), &awssns.TopicProps{
		TopicName:  new(s.parameters.name(name)),
		MasterKey:  key,
		EnforceSSL: new(true),
	})

	publish := awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(&publisher, nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": s.Account()},
		},
	})
	topic.AddToResourcePolicy(publish)

	return topic
}
