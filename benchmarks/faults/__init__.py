"""What breaks, broken for real: the service over HTTP under load, and what its journal says of it afterwards."""
