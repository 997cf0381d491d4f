"""The call centre: consultations, outbound calls, house visits, scam patterns, and rises that call for a warning."""
