"""Goods in warehouses: quantities, FIFO layers and the movements that documents cause."""

from collections import defaultdict
from decimal import Decimal

from tilisilta_emulators.smartaccounts.money import money
from tilisilta_emulators.smartaccounts.records import ZERO, Movement

IN = "IN"
OUT = "OUT"


class _Shelf:
    """One article in one warehouse."""

    def __init__(self) -> None:
        self.quantity = Decimal(0)
        self.layers: list[list[Decimal]] = []
        self.last_cost = ZERO
        self.moves: dict[str, list[tuple[str, Decimal, Decimal]]] = {}

    def apply(self, direction: str, quantity: Decimal, cost: Decimal) -> Decimal:
        """Move goods and return their cost; what is not in stock goes out at the last known cost."""
        if direction == IN:
            self.quantity += quantity
            self.layers.append([quantity, cost])
            self.last_cost = cost
            return quantity * cost
        self.quantity -= quantity
        total = Decimal(0)
        while quantity > 0 and self.layers:
            layer = self.layers[0]
            taken = min(quantity, layer[0])
            total += taken * layer[1]
            quantity -= taken
            layer[0] -= taken
            if layer[0] == 0:
                del self.layers[0]
        return total + quantity * self.last_cost

    def rebuild(self) -> None:
        """Count again from the moves that are left."""
        moves = list(self.moves.values())
        self.quantity, self.layers, self.last_cost = Decimal(0), [], ZERO
        for lines in moves:
            for direction, quantity, cost in lines:
                self.apply(direction, quantity, cost)


class Stock:
    """Quantities by article and warehouse. A movement taken back is as if it had never been."""

    def __init__(self) -> None:
        self._shelves: defaultdict[tuple[str, str], _Shelf] = defaultdict(_Shelf)

    def quantity(self, code: str, warehouse: str) -> Decimal:
        """Return how much is there; negative when more was sold than came in."""
        shelf = self._shelves.get((code, warehouse))
        return shelf.quantity if shelf else Decimal(0)

    def knows(self, code: str) -> bool:
        """Return whether any movement has this article."""
        return any(key[0] == code and shelf.moves for key, shelf in self._shelves.items())

    def move(self, movement: str, warehouse: str, direction: str, line: tuple[str, Decimal, Decimal]) -> Decimal:
        """Move one line (code, quantity, unit cost) and return its cost in euros."""
        code, quantity, cost = line
        shelf = self._shelves[code, warehouse]
        shelf.moves.setdefault(movement, []).append((direction, quantity, cost))
        return money(shelf.apply(direction, quantity, cost))

    def take_back(self, movement: Movement) -> None:
        """Undo a movement. Costs that later documents were posted with stay as they are."""
        for code in {row.code for row in movement.rows}:
            shelf = self._shelves[code, movement.warehouse_id]
            shelf.moves.pop(movement.id, None)
            shelf.rebuild()

    def levels(self) -> dict[str, dict[str, Decimal]]:
        """Return quantity by warehouse and article, for the books."""
        shown: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
        for (code, warehouse), shelf in self._shelves.items():
            shown[warehouse][code] = shelf.quantity
        return dict(shown)
