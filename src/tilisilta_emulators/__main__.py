import sys

from tilisilta_emulators.server import main

if __name__ == "__main__":
    sys.exit(main())
