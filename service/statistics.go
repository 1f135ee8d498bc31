package service

import tumenv1 "tumen/proto/tumen/v1"

// statistics is the StatisticsService.
type statistics struct {
	tumenv1.UnimplementedStatisticsServiceServer
	*Server
}
