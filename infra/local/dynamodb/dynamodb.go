// Package dynamodb stands in for DynamoDB, by AWS's own DynamoDB Local in memory.
package dynamodb

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/process"
	"latchkey/shared/topology"
)

// EndpointVariable is the environment name of the endpoint of a DynamoDB Local that runs
// already. The tests of many packages share one by it.
const EndpointVariable = "LATCHKEY_TEST_DYNAMODB"

// Start starts DynamoDB Local. It needs a Java runtime.
func Start(ctx context.Context) (*engine.Engine, error) {
	java, err := process.Find("java",
		"a Java runtime, version 17 or newer (Debian: default-jre-headless)")
	if err != nil {
		return nil, err
	}

	jar, err := engine.Tool("amplify-dynamodb-simulator", "emulator", "DynamoDBLocal.jar")
	if err != nil {
		return nil, err
	}

	return engine.Start(ctx, "DynamoDB Local", "/", func(port string) *exec.Cmd {
		cmd := exec.Command(java,
			"-Djava.library.path=DynamoDBLocal_lib", "-jar", jar,
			"-inMemory", "-sharedDb", "-disableTelemetry", "-port", port) // whatever key signs
		cmd.Dir = filepath.Dir(jar)
		return cmd
	})
}

// Client returns a client of the engine at the endpoint.
func Client(endpoint string) *dynamodb.Client {
	return dynamodb.NewFromConfig(engine.Config(), func(o *dynamodb.Options) {
		o.BaseEndpoint = &endpoint
	})
}

// CreateTables creates the topology's tables, each under the name that name returns, and
// waits until they can be used.
func CreateTables(
	ctx context.Context,
	client *dynamodb.Client,
	tables []topology.Table,
	name func(table string) string,
) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, table := range tables {
		group.Go(func() error { return createTable(ctx, client, table, name(table.Name)) })
	}
	return group.Wait()
}

// createTable creates a table with its indexes, waits for it, and sets its expiry.
func createTable(
	ctx context.Context, client *dynamodb.Client, table topology.Table, name string,
) error {
	if _, err := client.CreateTable(ctx, definition(table, name)); err != nil {
		return fmt.Errorf("create table %s: %w", table.Name, err)
	}

	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay = 20 * time.Millisecond
	})
	created := &dynamodb.DescribeTableInput{TableName: &name}
	if err := waiter.Wait(ctx, created, time.Minute); err != nil {
		return fmt.Errorf("wait for table %s: %w", table.Name, err)
	}

	if table.Expires == "" {
		return nil
	}

	_, err := client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: &name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: &table.Expires,
			Enabled:       aws.Bool(true),
		},
	})
	if err != nil {
		return fmt.Errorf("set expiry of table %s: %w", table.Name, err)
	}

	return nil
}

// definition returns what a table is created from. Every key is a string.
func definition(table topology.Table, name string) *dynamodb.CreateTableInput {
	input := &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		KeySchema:   keySchema(table.Partition, table.Sort),
	}
	attributes := []string{table.Partition, table.Sort}
	for _, index := range table.Indexes {
		input.GlobalSecondaryIndexes = append(input.GlobalSecondaryIndexes,
			types.GlobalSecondaryIndex{
				IndexName:  &index.Name,
				KeySchema:  keySchema(index.Partition, index.Sort),
				Projection: projection(index),
			})
		attributes = append(attributes, index.Partition, index.Sort)
	}

	defined := map[string]bool{"": true} // a key may have no sort attribute
	for _, attribute := range attributes {
		if defined[attribute] {
			continue
		}
		defined[attribute] = true
		input.AttributeDefinitions = append(input.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: &attribute,
			AttributeType: types.ScalarAttributeTypeS,
		})
	}

	return input
}

func keySchema(partition, sort string) []types.KeySchemaElement {
	keys := []types.KeySchemaElement{{AttributeName: &partition, KeyType: types.KeyTypeHash}}
	if sort != "" {
		keys = append(keys, types.KeySchemaElement{
			AttributeName: &sort,
			KeyType:       types.KeyTypeRange,
		})
	}
	return keys
}

func projection(index topology.Index) *types.Projection {
	switch {
	case index.All:
		return &types.Projection{ProjectionType: types.ProjectionTypeAll}
	case len(index.Include) > 0:
		return &types.Projection{
			ProjectionType:   types.ProjectionTypeInclude,
			NonKeyAttributes: index.Include,
		}
	default:
		return &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
	}
}
