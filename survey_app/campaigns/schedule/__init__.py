"""What happens by itself: waves open, people are reminded, the lead is told; all of it when it is due."""
