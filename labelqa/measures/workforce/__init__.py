"""Workforce: throughput, time, cost, quality beside speed, reviews and forecast, for labelers and projects."""
