package work

import "latchkey/shared/job"

// StartJob asks process to ask for each chunk of a job.
type StartJob struct {
	onRows
	JobID string `json:"job"`
}

// ProcessChunk asks process for one chunk of a job's file.
type ProcessChunk struct {
	onRows
	JobID string    `json:"job"`
	Chunk job.Chunk `json:"chunk"`
}
