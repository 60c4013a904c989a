"""Watching files: tells which of a set of files really changed, once a burst of writes is over.

    watcher    the thread that listens, waits for the end of a burst, looks, and tells
    bursts     when a burst of events is over                                     pure
    looks      what stands at a path, and whether it is another content
    layout     the folders and names on which a path depends, through links and missing parents
    listening  folders heard through watchdog
    polling    rounds of stat for what cannot be heard
    mounts     which file systems do not tell
"""
