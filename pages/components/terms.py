"""The terms of the field, each explained in two sentences with formula and source; `words.explain` shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term of the field: two sentences, a formula (LaTeX, may be empty) and the source."""

    sentences: str
    formula: str
    source: str


TERMS = {
    "loss": Term(
        "The number that training makes small. For classes it is the cross-entropy, the surprise (in nats) at the "
        "right class: guessing blindly among K classes gives ln K, certainty gives 0; for numbers it is a distance.",
        r"\ell = -\ln p_{\text{right class}}",
        "Goodfellow, Bengio & Courville 2016, section 6.2",
    ),
    "learning rate": Term(
        "How far the weights move against the gradient at each update. "
        "Too small a rate learns nothing in the time there is, too large a rate makes the loss jump or explode.",
        r"\Delta\theta = -\eta\, \nabla_\theta \ell",
        "Goodfellow, Bengio & Courville 2016, section 8.3.1",
    ),
    "accuracy": Term(
        "The share of rows whose most likely class is the right one. "
        "Compare it with the share of the largest class, which always guessing that class would reach.",
        r"\frac{1}{n}\sum_i [\arg\max_k p_{ik} = y_i]",
        "Goodfellow, Bengio & Courville 2016, section 5.1.2",
    ),
    "ROC curve": Term(
        "The share of right alarms against that of false ones, for every threshold on the probability of a class. "
        "The area under it is the chance that a row of the class gets a higher probability than another row: 0.5 is "
        "guessing, 1 is perfect; of several classes the mean is shown.",
        r"\text{AUC} = P(p_{\text{in}} > p_{\text{out}})",
        "Fawcett 2006, An introduction to ROC analysis",
    ),
    "precision": Term(
        "Recall is the share of a class's rows that are found, precision the share of the rows given to a class that "
        "belong there. Whoever names a class at every chance has a high recall and a low precision, and the other way "
        "round.",
        r"\text{recall} = \frac{TP}{TP + FN} \qquad \text{precision} = \frac{TP}{TP + FP}",
        "Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, section 8.3",
    ),
    "calibration error": Term(
        "How far the network's confidence is from its accuracy: rows are grouped by how sure it is, and the gaps "
        "between mean confidence and share of right answers are averaged. 0 means that of the rows with 80 % "
        "confidence 80 % are right.",
        r"\sum_b \frac{n_b}{n} |\text{acc}_b - \text{conf}_b|",
        "Guo et al. 2017, On calibration of modern neural networks, section 2",
    ),
    "R²": Term(
        "The share of the target's variance that the network explains: 1 is perfect, 0 is as good as always answering "
        "the mean. Below 0 the mean would be the better answer.",
        r"R^2 = 1 - \sum_i (y_i - \hat y_i)^2 / \sum_i (y_i - \bar y)^2",
        "James et al. 2013, An Introduction to Statistical Learning, section 3.1.3",
    ),
    "absolute error": Term(
        "How far the prediction is off on average, in the unit of the target as the network sees it. "
        "Unlike the squared error it is not ruled by a few very wrong rows.",
        r"\frac{1}{n}\sum_i |y_i - \hat y_i|",
        "Hastie, Tibshirani & Friedman 2009, section 10.6",
    ),
    "generalization gap": Term(
        "How much worse the network does on rows kept out of training than on those it learned from. "
        "A gap that widens while the training loss still falls means that it learns the rows by heart (overfitting).",
        r"\ell_{\text{validation}} - \ell_{\text{training}}",
        "Goodfellow, Bengio & Courville 2016, section 5.2",
    ),
    "confusion matrix": Term(
        "Each row is a true class, each column what the network answered; a cell is the share of that row. "
        "Right answers lie on the diagonal, and a bright cell beside it names two classes that it confuses.",
        "",
        "James et al. 2013, An Introduction to Statistical Learning, section 4.4.3",
    ),
    "decision surface": Term(
        "What the network answers at every point of the plane, not only where there is a row. "
        "Where the colour changes lies the border between the classes; far from any row the answer is a guess.",
        r"p(y \mid x_1, x_2)",
        "Bishop 2006, chapter 4",
    ),
    "activation": Term(
        "What the units of a layer put out, on to the next layer. For tanh and sigmoid, values heaped at the ends mean "
        "saturation; for relu, a heap at zero means units that are off.",
        r"a = f(W^\top x + b)",
        "Glorot & Bengio 2010, section 3",
    ),
    "pre-activation": Term(
        "What a neuron computes before its nonlinearity: a weighted sum of its inputs plus a bias. "
        "Far from zero, tanh and sigmoid are flat there, and the neuron is saturated.",
        r"z = W^\top x + b",
        "Glorot & Bengio 2010, section 2",
    ),
    "saturation": Term(
        "A neuron is saturated when its output lies close to an asymptote of its nonlinearity. "
        "The slope is then nearly zero, so almost no gradient passes and the neuron learns slowly or not at all.",
        r"|f(z) - a| < \varepsilon,\quad f'(z) \approx 0",
        "Glorot & Bengio 2010, section 3",
    ),
    "dead unit": Term(
        "A unit (of relu and its like) that is off on every probe example. No gradient passes through it, so it does "
        "not learn, and if the layers before it do not move either, it stays off.",
        r"z < 0 \Rightarrow a = 0,\quad f'(z) = 0",
        "Glorot, Bordes & Bengio 2011, section 3",
    ),
    "back-propagated gradient": Term(
        "How the loss of one example changes when a neuron's pre-activation changes. "
        "If it shrinks from layer to layer on the way back, the lower layers receive no signal.",
        r"\partial \ell_i / \partial z",
        "Glorot & Bengio 2010, section 4.2",
    ),
    "weight": Term(
        "The numbers that a layer learns: how strongly each of its inputs counts for each of its units. "
        "Weights that keep growing often announce saturation.",
        "W",
        "Goodfellow, Bengio & Courville 2016, section 6.1",
    ),
    "weight gradient": Term(
        "The direction and strength in which the loss pushes each weight, averaged over the rows of a batch. "
        "Layers whose pushes differ by powers of ten learn at very different speeds.",
        r"\partial \ell / \partial W",
        "Glorot & Bengio 2010, section 4.2",
    ),
    "weight update": Term(
        "How far each weight moves in one update, after the optimizer has scaled the gradient. "
        "Compare it with the weights themselves: that is the update-to-weight ratio.",
        r"\Delta W = W_{t+1} - W_t",
        "Karpathy, CS231n notes, section Babysitting the learning process",
    ),
    "update ratio": Term(
        "The size of one update of a layer's weights, divided by the size of the weights. "
        "Around one thousandth is healthy: much more is unstable, much less is standing still.",
        r"\lVert \Delta W \rVert \,/\, \lVert W \rVert",
        "Karpathy, CS231n notes, section Babysitting the learning process",
    ),
    "seed": Term(
        "The number from which a network's initial weights and batch orders are drawn. "
        "Several seeds trained side by side show which differences are chance: the band is their standard deviation.",
        "",
        "Bouthillier et al. 2021, Accounting for variance in machine learning benchmarks",
    ),
    "validation": Term(
        "Rows kept out of training, on which the network is measured while it learns. "
        "When the training loss falls and the validation loss rises, the network learns the rows by heart.",
        "",
        "Goodfellow, Bengio & Courville 2016, section 5.3",
    ),
    "disagreement": Term(
        "The share of examples on which two networks give different answers, right or wrong. Two networks with the "
        "same accuracy may still disagree on many examples: then they have found different functions.",
        r"\frac{1}{n}\sum_i [\hat y_i^{(a)} \ne \hat y_i^{(b)}]",
        "Fort, Hu & Lakshminarayanan 2019",
    ),
    "function space": Term(
        "All that a network answers, on fixed examples, is one long list of numbers: one point in a space in which two "
        "networks with different weights but the same answers lie on the same place. The distance of two networks is "
        "that of their answers: of probabilities the Hellinger distance, which lies between 0 and 1.",
        r"d(p, q)^2 = \frac{1}{2n}\sum_{i,k} \left(\sqrt{p_{ik}} - \sqrt{q_{ik}}\right)^2",
        "Erhan et al. 2010, section 6.3",
    ),
    "trajectory": Term(
        "The outputs of the network on a fixed set of rows at one step, taken as one point in function space. "
        "Its path, projected to two dimensions, shows which function the network is becoming.",
        r"f_t = (f(x_1;\theta_t), \ldots, f(x_P;\theta_t))",
        "Erhan et al. 2010, section 6.3",
    ),
    "singular value": Term(
        "By how much a layer stretches small differences in what it reads, in each of its directions; their mean says "
        "whether differences grow or fade from layer to layer. With random weights of the classical size it is about "
        "0.5, with weights scaled to the layers about 0.8: many layers one after another multiply it.",
        r"J = \partial a / \partial x",
        "Glorot & Bengio 2010, section 4.2.1",
    ),
    "first-layer weights": Term(
        "The weights between the inputs and the units of the first layer: drawn where the inputs stand, they show the "
        "pattern that a unit answers to. Strokes and edges mean that it has found something to look for; what looks "
        "like noise has not changed much since it was drawn.",
        r"z_j = \sum_i W_{ij}\, x_i + b_j",
        "Bengio 2012, section 4",
    ),
    "Hinton diagram": Term(
        "A picture of a weight matrix: a square for each weight, larger the larger it is, in one colour for positive "
        "and another for negative ones. Rows or columns of tiny squares are inputs or units that hardly count.",
        r"\text{area}_{ij} \propto |W_{ij}|",
        "Bengio 2012, section 4",
    ),
    "preferred input": Term(
        "The examples of the data to which a unit responds most strongly. What they have in common hints at what the "
        "unit looks for, but only among what the data contain.",
        r"\arg\max_n z_j(x_n)",
        "Erhan et al. 2009, section 3",
    ),
    "activation maximization": Term(
        "An input made for one unit: it is moved uphill, along the gradient of the unit's response, as far as the "
        "range of the data allows. It shows what the unit would like best, even where no example looks like it.",
        r"x \leftarrow x + \eta\, \partial z_j / \partial x",
        "Erhan et al. 2009, section 3",
    ),
    "varied unit": Term(
        "One unit, or some weights, are moved while everything before them stays as one example has it, and what lies "
        "behind is computed anew. Whatever changes then is the doing of that part alone.",
        r"a_j \leftarrow v \quad\text{or}\quad W \leftarrow cW",
        "Bengio 2012, section 4",
    ),
    "linear region": Term(
        "A part of the input space in which every unit stays on one straight piece of its nonlinearity (relu: off or "
        "on), so that the network is a plain linear function there. Each layer cuts the regions of the layers before "
        "it, so that depth makes many regions of few units.",
        r"f(x) = A_r\, x + c_r \quad\text{for } x \in r",
        "Montúfar et al. 2014, section 2",
    ),
    "linear probe": Term(
        "A linear model fitted afterwards to what one layer says, to see how much of the target can be read off there. "
        "The network itself is not changed; scores that rise from layer to layer mean that each makes the task easier.",
        r"\hat y = \operatorname{softmax}(V^\top a_k + c)",
        "Alain & Bengio 2016",
    ),
    "gate": Term(
        "A number between 0 and 1 by which an LSTM multiplies what it lets in (input gate), keeps (forget gate) or "
        "hands out (output gate). A gate that is open, or shut, for every example makes no choice.",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        "Hochreiter & Schmidhuber 1997; Gers et al. 2000",
    ),
    "attention entropy": Term(
        "How widely attention is spread over the positions: 0 if all of it rests on one of them, ln n if n positions "
        "are seen alike. Its exponential is the number of positions that are looked at, so to speak.",
        r"-\sum_j p_{ij} \ln p_{ij}",
        "Vaswani et al. 2017, section 3.2",
    ),
    "norm test": Term(
        "The noise of a mini-batch's gradient, as a standard error, divided by the gradient's length; its inverse is "
        "the signal-to-noise ratio. Above 1 updates go mostly astray, and a larger batch would help.",
        r"\sqrt{\operatorname{tr}\Sigma / N} \,/\, \|g\|",
        "Byrd et al. 2012, equation 3.9",
    ),
    "noise scale": Term(
        "The number of rows in a mini-batch at which noise and gradient are about equally large. "
        "Much smaller batches waste updates, much larger ones waste rows.",
        r"\operatorname{tr}\Sigma / \|G\|^2",
        "McCandlish et al. 2018",
    ),
    "cosine similarity": Term(
        "How far two directions agree: 1 for the same, 0 for none in common, −1 for opposite ones. "
        "Successive gradients that point against each other mean that training jumps to and fro across a valley.",
        r"g_t \cdot g_{t+1} / (\|g_t\| \|g_{t+1}\|)",
        "Goodfellow, Bengio & Courville 2016, section 2.5",
    ),
    "sharpness": Term(
        "The largest curvature of the loss: how quickly its slope changes in the steepest direction. "
        "Above 2 divided by the learning rate, plain gradient descent overshoots in that direction.",
        r"\lambda_{\max}(\nabla^2 \ell) < 2 / \eta",
        "Cohen et al. 2021",
    ),
    "partial dependence": Term(
        "The prediction as a function of one column, averaged over the other columns as they stand in the rows. "
        "Where columns go together, it averages over rows that cannot exist, so look at the single curves, too.",
        r"\bar f(v) = \frac{1}{n}\sum_i f(v, x_{i,\text{others}})",
        "Friedman 2001, Greedy function approximation, section 8.2; Goldstein et al. 2015",
    ),
    "permutation importance": Term(
        "How much the loss grows when the values of one column are shuffled among the rows, so that they say nothing "
        "any more. Columns that say the same share their importance: without one of them the network has the other.",
        r"I_j = \bar\ell(\text{column } j \text{ shuffled}) - \bar\ell",
        "Breiman 2001, Random forests, section 10; Fisher, Rudin & Dominici 2019",
    ),
    "principal components": Term(
        "The directions, at right angles to one another, along which the rows vary most; the first two span the plane "
        "that holds as much of the variance as any plane can. What lies beside the plane is not seen on it.",
        r"\max_{\|v\| = 1} \text{Var}(v^\top x)",
        "Jolliffe 2002, Principal component analysis, section 1.1",
    ),
    "residual": Term(
        "What is wanted less what is predicted: above 0 the prediction is too low. Residuals that bend or fan out "
        "along the prediction tell that something is left to learn.",
        r"r_i = y_i - \hat y_i",
        "Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, section 3.2",
    ),
    "representation similarity": Term(
        "Two layers are alike when they hold the same examples to be near each other, whatever their units are called "
        "and however many there are. Linear CKA measures this: 1 for the same up to turning and scaling, 0 for nothing "
        "in common.",
        r"\frac{\text{HSIC}(XX^\top, YY^\top)}{\sqrt{\text{HSIC}(XX^\top, XX^\top)\,\text{HSIC}(YY^\top, YY^\top)}}",
        "Kornblith et al. 2019; unbiased HSIC: Song et al. 2012",
    ),
    "trajectories of units": Term(
        "Each hidden unit is described by what it says about each of many examples; units that rise and fall together "
        "are near each other. Over training each draws a line from what it happened to respond to at random to what it "
        "has learned.",
        r"d = \sqrt{2\,(1 - r)}",
        "Gigante et al. 2019",
    ),
    "PCA and t-SNE": Term(
        "Both draw points of many dimensions in two: PCA keeps large distances true, t-SNE keeps neighbours together "
        "and says nothing about far ones. Trustworthiness, from 0 to 1, tells how far neighbours on the map are "
        "neighbours in truth.",
        "",
        "van der Maaten & Hinton 2008; Venna & Kaski 2001",
    ),
    "loss landscape": Term(
        "The loss as a function of all weights: each choice of weights is a place, its loss the height. It has as many "
        "dimensions as the network has weights, so that a line or a plane through it shows very little of it.",
        r"\theta \mapsto \ell(\theta)",
        "Li et al. 2018, Visualizing the loss landscape of neural nets",
    ),
    "loss barrier": Term(
        "How far the loss rises on the straight line between two networks above what their own losses let expect. "
        "Without a barrier they lie in one valley, and the mean of their weights is a good network, too.",
        r"\max_s \ell(\theta_s) - [(1 - s)\, \ell(\theta_0) + s\, \ell(\theta_1)], \quad "
        r"\theta_s = (1 - s)\, \theta_0 + s\, \theta_1",
        "Entezari et al. 2022; Frankle et al. 2020",
    ),
    "parameter space": Term(
        "The space in which each network is one point, its coordinates all its weights and biases. Networks far apart "
        "in it may compute the same, and a small step may change much.",
        "",
        "Goodfellow, Bengio & Courville 2016, section 8.2.2",
    ),
    "symmetry": Term(
        "A change of the weights that leaves the function as it is, such as hidden units in another order. A layer of "
        "n units has n! orders alone, so that every network has very many twins.",
        r"f_{\theta'} = f_\theta, \quad \theta' \neq \theta",
        "Hecht-Nielsen 1990; Goodfellow, Bengio & Courville 2016, section 8.2.2",
    ),
}
