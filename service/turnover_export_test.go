package service

// WakeTurnover makes the server look at once what is due.
func (s *Server) WakeTurnover() { s.turnover.wake() }
