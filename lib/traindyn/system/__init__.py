"""What the book asks of the machine: files, locks, processes, and which files a module needs.

* ``files``: a file written whole or not at all, and digests;
* ``locks``: one process at a time;
* ``console``: how a command ends when its terminal, its pipe or its user goes away;
* ``imports``: the modules that a piece of Python imports, found without executing it;
* ``processes``: commands that die with their parent;
* ``threads``: one thread for small work;
* ``versions``: what of the machine decides how numbers are computed.

The package imports nothing, so that a module pays for what it uses.
"""
