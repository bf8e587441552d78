"""COCO's evaluation of detections: average precision and recall, as pycocotools computes them, on flat arrays."""
