"""What is known to be wanting: of an attack its laws of which one at least is broken, and what is seen. Each must fail: whoever mends one deletes its
row. A row with a law that could not be judged asks for nothing."""

WANTS = {
    ("HeldBodies", "resident"): "a body is taken before anybody is asked who sends it, and held while it lasts",
    ("WideJson", "time", "served"): "a mebibyte of JSON is parsed in one turn, 70 ms",
    ("DeepJson", "time", "served"): "likewise",
    ("ManyKeys", "time", "served"): "likewise",
    ("Gestures", "time", "served"): "a gesture over many people is as many rows, in one commit with other classes' turns, which take seconds, or are refused",
    ("GuessesAtOnce", "attack"): "a guess counts when it has been compared, so that all that come at once are",
    ("GuessesAtOnce", "time"): "who signs in waits behind all guesses, whoever sends them",
    ("GuessesAnywhere", "time"): "likewise",
    ("SignUps", "time"): "who signs in waits behind all who sign up",
    ("CoachingSignUps", "time"): "likewise",
    ("SlowDownloads", "tcp"): "the kernel holds megabytes for each download that is not read",
    ("UnreadHistory", "resident"): "a chat's whole history is made in memory, for each who asks",
    ("UploadPlaces", "attack"): "one teacher holds all places",
    ("Invitations", "attack"): "each invitation is a push for each device, however many wait for it",
    ("ManyStreams", "attack"): "nobody's streams are counted",
    ("Frames", "time", "served"): "a socket's frames are read as long as they come, in one turn",
}

# Likewise, but that a sanitizer's memory is another: with one it is not judged.
UNSANITIZED_WANTS = {
    ("DeepJson", "time", "back"): "what 2 MB of JSON took, 100 MB, is freed, and stays with the process",
    ("UnreadHistory", "back"): "what the histories took is freed, and stays with the process",
}
