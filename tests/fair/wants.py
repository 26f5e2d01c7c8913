"""What is known to be wanting: by attack and law, what is seen. Each must fail: whoever mends one deletes its row."""

WANTS = {
    ("HeldBodies", "resident"): "a body is taken before anybody is asked who sends it, and held while it lasts",
    ("WideJson", "delivery time"): "a mebibyte of JSON is parsed in one turn, 70 ms",
    ("DeepJson", "delivery time"): "likewise",
    ("ManyKeys", "delivery time"): "likewise",
    ("GuessesAtOnce", "attack"): "a guess counts when it has been compared, so that all that come at once are",
    ("GuessesAtOnce", "sign-in time"): "who signs in waits behind all guesses, whoever sends them",
    ("GuessesAnywhere", "sign-in time"): "likewise",
    ("SignUps", "sign-in time"): "who signs in waits behind all who sign up",
    ("CoachingSignUps", "sign-in time"): "likewise",
    ("SlowDownloads", "tcp"): "the kernel holds megabytes for each download that is not read",
    ("UnreadHistory", "resident"): "a chat's whole history is made in memory, for each who asks",
    ("UploadPlaces", "attack"): "one teacher holds all places",
    ("Invitations", "attack"): "each invitation is a push for each device, however many wait for it",
    ("ManyStreams", "attack"): "nobody's streams are counted",
    ("Frames", "delivery time"): "a socket's frames are read as long as they come, in one turn",
}

# Likewise, but that a sanitizer's memory is another: with one it is not judged.
UNSANITIZED_WANTS = {
    ("UnreadHistory", "back"): "what the histories took is freed, and stays with the process",
}
