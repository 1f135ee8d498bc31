//go:build !linux

package main

import "errors"

var errLinuxOnly = errors.New("measured on Linux only")

func (p *process) resident() (float64, error) { return 0, errLinuxOnly }

func forget(string) error { return errLinuxOnly }
