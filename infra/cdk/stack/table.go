package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"

	"latchkey/shared/topology"
)

// newTable makes a table that is paid by use and encrypted with a key whose use
// CloudTrail shows. It can be restored to any second of the last 35 days. Unless DATA is
// destroy, it is deleted neither by mistake nor with its stack.
func (s *stack) newTable(t topology.Table) awsdynamodb.Table {
	table := awsdynamodb.NewTable(s.Stack, id("Table", t.Name), &awsdynamodb.TableProps{
		TableName:    new(s.parameters.name(t.Name)),
		PartitionKey: key(t.Partition),
		SortKey:      key(t.Sort),
		BillingMode:  awsdynamodb.BillingMode_PAY_PER_REQUEST,
		Encryption:   awsdynamodb.TableEncryption_AWS_MANAGED,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: new(true),
		},
		DeletionProtection:  new(s.parameters.values["DATA"] == "keep"),
		RemovalPolicy:       s.removalPolicy(),
		TimeToLiveAttribute: unlessEmpty(t.Expires),
	})

	for _, index := range t.Indexes {
		props := &awsdynamodb.GlobalSecondaryIndexProps{
			IndexName:      &index.Name,
			PartitionKey:   key(index.Partition),
			SortKey:        key(index.Sort),
			ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY,
		}
		switch {
		case index.All:
			props.ProjectionType = awsdynamodb.ProjectionType_ALL
		case len(index.Include) > 0:
			props.ProjectionType = awsdynamodb.ProjectionType_INCLUDE
			props.NonKeyAttributes = jsii.Strings(index.Include...)
		}
		table.AddGlobalSecondaryIndex(props)
	}

	return table
}

// key returns a key attribute, or nil for none.
func key(attribute string) *awsdynamodb.Attribute {
	if attribute == "" {
		return nil
	}
	return &awsdynamodb.Attribute{Name: &attribute, Type: awsdynamodb.AttributeType_STRING}
}

// unlessEmpty returns nil for "": CloudFormation has no empty values.
func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
