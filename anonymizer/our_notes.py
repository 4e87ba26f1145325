"""What the library itself writes into objects in prose: a patient called Burned or Cut is not found by it."""

TEXT_BLACKED = "Text burned into the pixels was blacked"
FACE_CUT = "The face was cut away"
OWN_RULES = "with own rules"
NOTES = (TEXT_BLACKED, FACE_CUT, OWN_RULES)
