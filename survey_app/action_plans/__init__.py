"""Plans de progrès: opened under the threshold, judged by the next wave."""
