"""What a training shows: figures, and the one door to shap."""
