# Fails while it is loaded.
return 1
