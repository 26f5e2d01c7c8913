"""What is known to be wanting: of an attack its laws of which one at least is broken, and what is seen. Each must fail: whoever mends one deletes its
row. A row with a law that could not be judged asks for nothing."""

WANTS = {
    ("Gestures", "time", "served"): "a gesture over 3,000 people is 3,000 events, however many turns they are taken in",
    ("SlowDownloads", "tcp"): "the kernel holds 2 MB for each download that is not read",
    ("Frames", "time", "served"): "a socket's frames are read as long as its budget lasts, thousands in a second",
}
