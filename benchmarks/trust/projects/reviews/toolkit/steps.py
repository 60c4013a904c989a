"""What the steps of a pipeline have in common."""


class Step:
    offset = 1.0

    def apply(self, rows):
        return rows + self.offset
