"""SmartAccounts as its API document 1.7 describes it."""

from tilisilta_emulators.smartaccounts.emulator import API_KEY, API_SECRET, SmartAccountsEmulator
from tilisilta_emulators.smartaccounts.options import SmartOptions
from tilisilta_emulators.smartaccounts.signature import sign

__all__ = ["API_KEY", "API_SECRET", "SmartAccountsEmulator", "SmartOptions", "sign"]
