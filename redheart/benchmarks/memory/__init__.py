"""How the memory manager is measured, against others and against what the machine allows."""
